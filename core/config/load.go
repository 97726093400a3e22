package config

import (
	"errors"
	"fmt"
	"os"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/providers/posflag"
	"github.com/knadh/koanf/providers/structs"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"
)

// maxFile bounds the configuration file in bytes.
const maxFile = 1 << 20

// layer is one source of values over those before it.
type layer struct {
	name string // for errors
	k    *koanf.Koanf
	// source says where a key's value came from.
	source func(s setting) string
}

// Load reads the file at path ("" for none), then the variables of environ (in
// the form of os.Environ; an empty variable counts as absent), then the changed
// flags (nil for none), and validates the result. All that is wrong comes in one
// error, each line naming the setting and the remedy, and never showing a secret.
func Load(path string, flags *pflag.FlagSet, environ []string) (Config, error) {
	var layers []layer
	var errs []error
	for _, read := range []func() (layer, error){
		func() (layer, error) { return readFile(path) },
		func() (layer, error) { return readEnv(environ) },
		func() (layer, error) { return readFlags(flags) },
	} {
		l, err := read()
		if err == nil {
			err = l.check()
		}
		errs = append(errs, err)
		layers = append(layers, l)
	}
	if err := errors.Join(errs...); err != nil {
		return Config{}, err
	}
	c, err := merge(layers)
	if err != nil {
		return Config{}, err
	}
	return c, c.Validate()
}

func merge(layers []layer) (Config, error) {
	k := koanf.New(".")
	if err := k.Load(structs.Provider(Default(), "koanf"), nil); err != nil {
		return Config{}, fmt.Errorf("default settings: %w", err)
	}
	sources := make(map[string]string)
	for _, l := range layers {
		if err := k.Merge(l.k); err != nil {
			return Config{}, fmt.Errorf("%s: %w", l.name, err)
		}
		for _, s := range settings() {
			if l.k.Exists(s.key) {
				sources[s.key] = l.source(s)
			}
		}
	}
	var c Config
	if err := k.UnmarshalWithConf("", &c, decoding(&c)); err != nil {
		return Config{}, err
	}
	c.sources = sources
	return c, nil
}

func readFile(path string) (layer, error) {
	l := layer{name: "file " + path, k: koanf.New("."), source: func(setting) string { return "file" }}
	if path == "" {
		return l, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return l, fmt.Errorf("configuration file: %w; give the path of a YAML file", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return l, fmt.Errorf("configuration file %s is not a file of at most %d bytes", path, maxFile)
	}
	if err := l.k.Load(file.Provider(path), yamlParser{}); err != nil {
		return l, fmt.Errorf("configuration file %s is not a YAML mapping: %w", path, err)
	}
	return l, nil
}

func readEnv(environ []string) (layer, error) {
	keys := make(map[string]string)
	for _, s := range settings() {
		keys[s.env()] = s.key
	}
	var unknown []error
	l := layer{name: "environment", k: koanf.New("."), source: func(s setting) string { return "env " + s.env() }}
	err := l.k.Load(env.Provider(".", env.Opt{
		Prefix:      envPrefix,
		EnvironFunc: func() []string { return environ },
		TransformFunc: func(name, value string) (string, any) {
			key, ok := keys[name]
			if !ok && !isReserved(name) {
				unknown = append(unknown, fmt.Errorf("variable %s is not a setting: "+
					"remove it, or correct its name (`switchhook config` lists all settings)", name))
			}
			if value == "" {
				return "", nil
			}
			return key, value
		},
	}), nil)
	return l, errors.Join(append(unknown, err)...)
}

func readFlags(flags *pflag.FlagSet) (layer, error) {
	l := layer{name: "flags", k: koanf.New("."), source: func(s setting) string { return "flag --" + s.flag() }}
	if flags == nil {
		return l, nil
	}
	keys := make(map[string]string)
	for _, s := range settings() {
		keys[s.flag()] = s.key
	}
	err := l.k.Load(posflag.ProviderWithFlag(flags, ".", nil, func(f *pflag.Flag) (string, any) {
		return keys[f.Name], f.Value.String() // flags of the command itself have no key
	}), nil)
	return l, err
}

// yamlParser drops empty values: a section whose lines are all commented out
// leaves the defaults.
type yamlParser struct{}

func (yamlParser) Unmarshal(b []byte) (map[string]any, error) {
	m, err := yaml.Parser().Unmarshal(b)
	dropEmpty(m)
	return m, err
}

func (yamlParser) Marshal(m map[string]any) ([]byte, error) { return yaml.Parser().Marshal(m) }

func dropEmpty(m map[string]any) {
	for k, v := range m {
		switch v := v.(type) {
		case nil:
			delete(m, k)
		case map[string]any:
			dropEmpty(v)
		}
	}
}
