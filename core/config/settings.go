package config

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/spf13/pflag"

	"github.com/switchhook/switchhook/plugins/sdk"
)

const envPrefix = "SWITCHHOOK_"

// reserved variables belong to others: the CLI's client, tests, plugin processes
// and the command's --config. A trailing * stands for any rest.
var reserved = []string{"URL", "KEY", "ACCOUNT", "CONFIG", "TEST_*", "PLUGIN*"}

var secretType = reflect.TypeFor[sdk.Secret]()

// setting is one value that has a variable and a flag.
type setting struct {
	key   string // as server.max_body_bytes
	usage string
}

func (s setting) env() string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(s.key, ".", "_"))
}

func (s setting) flag() string { return strings.NewReplacer(".", "-", "_", "-").Replace(s.key) }

// settings lists the settings of [Config] in its order.
func settings() []setting { return settingsOf(reflect.TypeFor[Config](), "") }

func settingsOf(t reflect.Type, prefix string) []setting {
	var out []setting
	for field := range fieldsOf(t) {
		key := prefix + field.Tag.Get("koanf")
		if field.Type.Kind() == reflect.Struct {
			out = append(out, settingsOf(field.Type, key+".")...)
		} else if usage, ok := field.Tag.Lookup("usage"); ok {
			out = append(out, setting{key: key, usage: usage})
		}
	}
	return out
}

// fieldsOf yields the fields that have a koanf tag.
func fieldsOf(t reflect.Type) func(yield func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			if f := t.Field(i); f.Tag.Get("koanf") != "" && !yield(f) {
				return
			}
		}
	}
}

// RegisterFlags adds one flag a setting to fs, such as --log-level. Flags that
// are not given change nothing.
func RegisterFlags(fs *pflag.FlagSet) {
	defaults := reflect.ValueOf(Default())
	for _, s := range settings() {
		value := lookup(defaults, s.key)
		shown := fmt.Sprint(value.Interface())
		if value.Kind() == reflect.Slice {
			shown = ""
		}
		fs.String(s.flag(), shown, s.usage)
	}
}

// lookup returns the field of a key.
func lookup(v reflect.Value, key string) reflect.Value {
	name, rest, nested := strings.Cut(key, ".")
	for f := range fieldsOf(v.Type()) {
		if f.Tag.Get("koanf") != name {
			continue
		}
		if nested {
			return lookup(v.FieldByIndex(f.Index), rest)
		}
		return v.FieldByIndex(f.Index)
	}
	return reflect.Value{}
}

func isReserved(name string) bool {
	for _, r := range reserved {
		prefix, open := strings.CutSuffix(r, "*")
		if name == envPrefix+r || (open && strings.HasPrefix(name, envPrefix+prefix)) {
			return true
		}
	}
	return false
}
