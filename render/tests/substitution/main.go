// Records what Flux's own substitution makes of each line of cases.txt.
//
// usage: go run . < cases.txt > recorded.tsv
package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"

	"github.com/fluxcd/pkg/envsubst"
)

var variables = map[string]string{
	"V": "Hello/World.tar.gz", "EMPTY": "", "A": "a", "N": "2", "NEG": "-3", "UNI": "éàü",
	"P": "a/b/a/b", "STAR": "*", "DOLLAR": "$A ${A}", "L": "lower", "U": "UPPER",
}

func substitute(template string, strict bool) (out string, failed bool) {
	defer func() { failed = failed || recover() != nil }()
	out, err := envsubst.Eval(template, func(name string) (string, bool) {
		value, found := variables[name]
		return value, found || !strict
	})
	return out, err != nil
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		template, err := strconv.Unquote(`"` + lines.Text() + `"`)
		if err != nil {
			panic(lines.Text())
		}
		for _, strict := range []bool{true, false} {
			out, failed := substitute(template, strict)
			answer := strconv.Quote(out)
			if failed {
				answer = "error"
			}
			fmt.Printf("%s\t%t\t%s\n", strconv.Quote(template), strict, answer)
		}
	}
}
