// Command serve answers builds without starting anew for each: it reads one directory a line and writes `ok LENGTH` or
// `error LENGTH`, a line break, and the output or the message. Build it with `go mod tidy && go build -o serve .`; the
// differential fuzzer takes it with --server, and asks the program itself again before anything counts.
package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"os"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

func build(directory string) (out []byte, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v", cause)
		}
	}()
	options := krusty.MakeDefaultOptions()
	options.Reorder = krusty.ReorderOptionUnspecified
	resources, err := krusty.MakeKustomizer(options).Run(filesys.MakeFsOnDisk(), directory)
	if err != nil {
		return nil, err
	}
	return resources.AsYaml()
}

func main() {
	log.SetOutput(io.Discard)
	os.Stderr, _ = os.Open(os.DevNull)
	answers := bufio.NewWriter(os.Stdout)
	for directories := bufio.NewScanner(os.Stdin); directories.Scan(); {
		word := "ok"
		out, err := build(directories.Text())
		if err != nil {
			word, out = "error", []byte(err.Error())
		}
		fmt.Fprintf(answers, "%s %d\n", word, len(out))
		answers.Write(out)
		answers.Flush()
	}
}
