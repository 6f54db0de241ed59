package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"text/template"
	"time"
)

// Data is JSON: numbers written without point or exponent are ints, others float64. An object {"$": TYPE, "v": VALUE}
// is a value of another Go type.
func decode(raw json.RawMessage) (any, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	return typed(value)
}

func typed(value any) (any, error) {
	switch value := value.(type) {
	case json.Number:
		if n, err := strconv.ParseInt(string(value), 10, 64); err == nil {
			return int(n), nil
		}
		return value.Float64()
	case []any:
		for i := range value {
			item, err := typed(value[i])
			if err != nil {
				return nil, err
			}
			value[i] = item
		}
		return slices.Clip(value), nil
	case map[string]any:
		if name, ok := value["$"].(string); ok {
			return special(name, value["v"])
		}
		for key := range value {
			item, err := typed(value[key])
			if err != nil {
				return nil, err
			}
			value[key] = item
		}
		return value, nil
	}
	return value, nil
}

func special(name string, raw any) (any, error) {
	text := fmt.Sprint(raw)
	signed := func(bits int) int64 { n, _ := strconv.ParseInt(text, 10, bits); return n }
	unsigned := func(bits int) uint64 { n, _ := strconv.ParseUint(text, 10, bits); return n }
	switch name {
	case "int8":
		return int8(signed(8)), nil
	case "int16":
		return int16(signed(16)), nil
	case "int32":
		return int32(signed(32)), nil
	case "int64":
		return signed(64), nil
	case "uint":
		return uint(unsigned(64)), nil
	case "uint8":
		return uint8(unsigned(8)), nil
	case "uint16":
		return uint16(unsigned(16)), nil
	case "uint32":
		return uint32(unsigned(32)), nil
	case "uint64":
		return unsigned(64), nil
	case "float":
		f, err := strconv.ParseFloat(text, 64)
		return f, err
	case "float32":
		f, err := strconv.ParseFloat(text, 32)
		return float32(f), err
	case "complex":
		return strconv.ParseComplex(text, 128)
	case "bytes":
		return base64.StdEncoding.DecodeString(text)
	case "raw":
		b, err := base64.StdEncoding.DecodeString(text)
		return string(b), err
	case "strings":
		list := []string{}
		for _, item := range raw.([]any) {
			list = append(list, item.(string))
		}
		return slices.Clip(list), nil
	case "ints":
		list := []int{}
		for _, item := range raw.([]any) {
			n, _ := item.(json.Number).Int64()
			list = append(list, int(n))
		}
		return slices.Clip(list), nil
	case "stringmap":
		m := map[string]string{}
		for key, item := range raw.(map[string]any) {
			m[key] = item.(string)
		}
		return m, nil
	case "values":
		m, err := typed(raw)
		return values(m.(map[string]any)), err
	case "nilmap":
		return map[string]any(nil), nil
	case "nillist":
		return []any(nil), nil
	case "nilstrings":
		return []string(nil), nil
	case "func":
		return func(a string, more ...int) string { return fmt.Sprint(a, more) }, nil
	case "thing":
		return thing{Name: text, Count: 3, Tags: []string{"x", "y"}, Any: nil}, nil
	case "pointer":
		return &thing{Name: text, Count: 4, Tags: []string{}, Any: 1.5}, nil
	case "duration":
		return time.Duration(signed(64)), nil
	case "error":
		return errors.New(text), nil
	}
	return nil, fmt.Errorf("unknown type %q", name)
}

type values map[string]any

type thing struct {
	Name  string
	Count int
	Tags  []string
	Any   any
}

func (t thing) Hello(greeting string) string        { return greeting + ", " + t.Name }
func (t thing) Sum(first int, rest ...int) int      { return sum(append(rest, first)...) }
func (t thing) Fail(message string) (string, error) { return "", errors.New(message) }
func (t thing) Self() thing                         { return t }
func (t thing) Nothing() any                        { return nil }

func sum(numbers ...int) int {
	total := 0
	for _, n := range numbers {
		total += n
	}
	return total
}

// Functions with every kind of parameter.
var functions = template.FuncMap{
	"takeInt":     func(n int) string { return fmt.Sprintf("int %d", n) },
	"takeInt64":   func(n int64) string { return fmt.Sprintf("int64 %d", n) },
	"takeUint8":   func(n uint8) string { return fmt.Sprintf("uint8 %d", n) },
	"takeFloat":   func(f float64) string { return fmt.Sprintf("float %v", f) },
	"takeComplex": func(c complex128) string { return fmt.Sprintf("complex %v", c) },
	"takeBool":    func(b bool) string { return fmt.Sprintf("bool %v", b) },
	"takeString":  func(s string) string { return fmt.Sprintf("string %q", s) },
	"takeList":    func(l []any) string { return fmt.Sprintf("list %v %v", l, l == nil) },
	"takeStrings": func(l []string) string { return fmt.Sprintf("strings %q", l) },
	"takeDict":    func(m map[string]any) string { return fmt.Sprintf("dict %v %v", m, m == nil) },
	"takeAny":     func(v any) string { return fmt.Sprintf("any %T %v", v, v) },
	"takeMany":    func(s string, n ...int) string { return fmt.Sprintf("many %q %v", s, n) },
	"pass":        func(v any) any { return v },
	"fail":        func(s string) (string, error) { return "", errors.New(s) },
	"nothing":     func() any { return nil },
	"nilList":     func() []any { return nil },
	"nilDict":     func() map[string]any { return nil },
	"listOf":      func(v ...any) []any { return v },
	"dictOf": func(v ...any) map[string]any {
		m := map[string]any{}
		for i := 0; i+1 < len(v); i += 2 {
			m[fmt.Sprint(v[i])] = v[i+1]
		}
		return m
	},
	"stringsOf": func(v ...string) []string { return v },
}
