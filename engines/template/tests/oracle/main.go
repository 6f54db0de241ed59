// The real text/template and sprig as an oracle.
//
// usage: oracle serve                answers one case a line, as JSON, from standard input
//
//	oracle record FILE...       writes the real answers into files of cases, one JSON object a line
//
// A case has "template" and may have "data" (see data.go), "name", "missingkey", "left", "right", "sprig" (its
// functions too), "more" (further templates parsed before, by name, in order). The answer is "output", or "bytes"
// (base64, where it is no UTF-8), or "error".
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"text/template"
	"unicode/utf8"

	"github.com/Masterminds/sprig/v3"
)

type item struct {
	Template   string          `json:"template"`
	More       [][2]string     `json:"more,omitempty"`
	Data       json.RawMessage `json:"data,omitempty"`
	Name       string          `json:"name,omitempty"`
	MissingKey string          `json:"missingkey,omitempty"`
	Left       string          `json:"left,omitempty"`
	Right      string          `json:"right,omitempty"`
	Sprig      bool            `json:"sprig,omitempty"`
	Output     *string         `json:"output,omitempty"`
	Bytes      []byte          `json:"bytes,omitempty"`
	Error      *string         `json:"error,omitempty"`
}

var withSprig = template.FuncMap(sprig.TxtFuncMap())

func (c *item) render() (out []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	name := c.Name
	if name == "" {
		name = "t"
	}
	data, err := decode(c.Data)
	if err != nil {
		return nil, err
	}
	t := template.New(name).Funcs(functions)
	if c.Sprig {
		t = t.Funcs(withSprig)
	}
	if c.MissingKey != "" {
		t = t.Option("missingkey=" + c.MissingKey)
	}
	t = t.Delims(c.Left, c.Right)
	for _, more := range c.More {
		if _, err := t.New(more[0]).Parse(more[1]); err != nil {
			return nil, err
		}
	}
	if t, err = t.Parse(c.Template); err != nil {
		return nil, err
	}
	var buffer bytes.Buffer
	if err := t.ExecuteTemplate(&limited{&buffer}, name, data); err != nil {
		return nil, err
	}
	return buffer.Bytes(), nil
}

// Stops what would fill the memory.
type limited struct{ *bytes.Buffer }

func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > 1<<24 {
		return 0, fmt.Errorf("output limit")
	}
	return l.Buffer.Write(p)
}

func (c *item) answer() {
	out, err := c.render()
	c.Output, c.Bytes, c.Error = nil, nil, nil
	switch {
	case err != nil:
		text := err.Error()
		c.Error = &text
	case utf8.Valid(out):
		text := string(out)
		c.Output = &text
	default:
		c.Bytes = out
	}
}

func encode(value any) []byte {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err)
	}
	return buffer.Bytes()
}

func lines(in *os.File, each func([]byte)) {
	scanner := bufio.NewScanner(in)
	scanner.Buffer(nil, 1<<26)
	for scanner.Scan() {
		each(scanner.Bytes())
	}
}

func serve() {
	out := bufio.NewWriter(os.Stdout)
	lines(os.Stdin, func(line []byte) {
		if len(line) == 0 {
			out.Flush()
			return
		}
		var c item
		if err := json.Unmarshal(line, &c); err != nil {
			panic(err)
		}
		c.answer()
		out.Write(encode(struct {
			Output *string `json:"output,omitempty"`
			Bytes  []byte  `json:"bytes,omitempty"`
			Error  *string `json:"error,omitempty"`
		}{c.Output, c.Bytes, c.Error}))
	})
	out.Flush()
}

func record(path string) {
	in, err := os.Open(path)
	if err != nil {
		panic(err)
	}
	var out bytes.Buffer
	lines(in, func(line []byte) {
		if len(line) == 0 || bytes.HasPrefix(line, []byte("//")) {
			out.Write(line)
			out.WriteByte('\n')
			return
		}
		var c item
		if err := json.Unmarshal(line, &c); err != nil {
			panic(fmt.Errorf("%s: %s: %w", path, line, err))
		}
		c.answer()
		out.Write(encode(c))
	})
	if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
		panic(err)
	}
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		serve()
		return
	}
	if len(os.Args) > 2 && os.Args[1] == "record" {
		for _, path := range os.Args[2:] {
			record(path)
		}
		return
	}
	fmt.Fprintln(os.Stderr, "usage: oracle serve | oracle record FILE...")
	os.Exit(2)
}
