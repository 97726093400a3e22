package config

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"github.com/knadh/koanf/v2"
)

var durationType = reflect.TypeFor[time.Duration]()

// check finds unknown keys and values of the wrong type in one layer, so that the
// error can name where they stand.
func (l layer) check() error {
	if err := checkKeys(reflect.TypeFor[Config](), l.k.Raw(), ""); err != nil {
		return fmt.Errorf("%s: %w", l.name, err)
	}
	var scratch Config
	if err := l.k.UnmarshalWithConf("", &scratch, decoding(&scratch)); err != nil {
		return fmt.Errorf("%s: %w", l.name, err)
	}
	return nil
}

// decoding says how values become fields: durations need a unit, lists may be one
// text with commas, and an absent plugins.<name>.enabled is true.
func decoding(into *Config) koanf.UnmarshalConf {
	return koanf.UnmarshalConf{DecoderConfig: &mapstructure.DecoderConfig{
		Result:           into,
		TagName:          "koanf",
		WeaklyTypedInput: true,
		DecodeHook: mapstructure.ComposeDecodeHookFunc(
			decodeDuration, decodeList, decodePlugin,
		),
	}}
}

func decodeDuration(from, to reflect.Type, value any) (any, error) {
	if to != durationType || from == durationType {
		return value, nil
	}
	text, ok := value.(string)
	if !ok {
		return nil, fmt.Errorf("%v is not a duration: write it with a unit, such as 500ms, 10s or 2m", value)
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return nil, fmt.Errorf("%q is not a duration: write it with a unit, such as 500ms, 10s or 2m", text)
	}
	return d, nil
}

func decodeList(from, to reflect.Type, value any) (any, error) {
	if from.Kind() != reflect.String || to.Kind() != reflect.Slice {
		return value, nil
	}
	items := []string{}
	for item := range strings.SplitSeq(reflect.ValueOf(value).String(), ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items, nil
}

func decodePlugin(_, to reflect.Type, value any) (any, error) {
	m, ok := value.(map[string]any)
	if to != reflect.TypeFor[Plugin]() || !ok {
		return value, nil
	}
	if _, set := m["enabled"]; !set {
		m = maps.Clone(m)
		m["enabled"] = true
	}
	return m, nil
}

// checkKeys walks a layer beside the type it is meant for.
func checkKeys(t reflect.Type, values map[string]any, prefix string) error {
	fields := make(map[string]reflect.Type)
	for f := range fieldsOf(t) {
		fields[f.Tag.Get("koanf")] = f.Type
	}
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(values)) {
		ft, ok := fields[key]
		if !ok {
			errs = append(errs, fmt.Errorf("unknown setting %s%s: remove it or correct its name; known here are %s",
				prefix, key, strings.Join(slices.Sorted(maps.Keys(fields)), ", ")))
			continue
		}
		errs = append(errs, checkValue(ft, values[key], prefix+key))
	}
	return errors.Join(errs...)
}

func checkValue(t reflect.Type, value any, key string) error {
	switch {
	case t == secretType:
		// Checked here since the decoder's own error would show the value.
		if _, ok := value.(string); !ok {
			return fmt.Errorf("%s must be text: put the value in quotes", key)
		}
		return nil
	case t.Kind() != reflect.Struct && t.Kind() != reflect.Map:
		return nil
	}
	nested, ok := value.(map[string]any)
	if !ok {
		return fmt.Errorf("%s must be a section: indent its settings below it", key)
	}
	if t.Kind() == reflect.Struct {
		return checkKeys(t, nested, key+".")
	}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(nested)) {
		errs = append(errs, checkValue(t.Elem(), nested[name], key+"."+name))
	}
	return errors.Join(errs...)
}
