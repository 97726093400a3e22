package cli

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func addFilterFlag(f *pflag.FlagSet) {
	f.StringArray("filter", nil, `event filter in JSON, such as '{"expr":"data.total > 100"}', or an array of them; may be repeated,
all must match; @file reads a file, - standard input`)
}

// filterFlag reads the filters that are given, as one array; nil if there are none.
func filterFlag(cmd *cobra.Command) (*json.RawMessage, error) {
	if !cmd.Flags().Changed("filter") {
		return nil, nil
	}
	texts, _ := cmd.Flags().GetStringArray("filter")
	var all []json.RawMessage
	for _, text := range texts {
		b, err := input(cmd, "filter", text)
		if err != nil {
			return nil, err
		}
		list, err := filterList("filter", b)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return joined(all), nil
}

// filterList reads one filter, or an array of them.
func filterList(flag string, text []byte) (list []json.RawMessage, err error) {
	raw, err := jsonText(flag, text)
	switch {
	case err != nil:
		return nil, err
	case bytes.HasPrefix(*raw, []byte("{")):
		return []json.RawMessage{*raw}, nil
	case json.Unmarshal(*raw, &list) != nil:
		return nil, errors.New("--" + flag + `: must be a filter such as {"prefix":{"type":"order."}}, or an array of filters; [] is none`)
	}
	return list, nil
}

// joined is the array of the filters as they were written.
func joined(list []json.RawMessage) *json.RawMessage {
	parts := make([][]byte, len(list))
	for i, one := range list {
		parts[i] = one
	}
	raw := json.RawMessage("[" + string(bytes.Join(parts, []byte(","))) + "]")
	return &raw
}
