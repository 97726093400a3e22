package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

// maxInput bounds what is read from a file or standard input, in bytes.
const maxInput = 64 << 20

// input returns the text itself, a file's content for @file, or standard input
// for -.
func input(cmd *cobra.Command, flag, text string) ([]byte, error) {
	source := cmd.InOrStdin()
	switch {
	case text == "-":
	case strings.HasPrefix(text, "@"):
		f, err := os.Open(text[1:])
		if err != nil {
			return nil, fmt.Errorf("--%s: %w", flag, err)
		}
		defer func() { _ = f.Close() }()
		source = f
	default:
		return []byte(text), nil
	}
	b, err := io.ReadAll(io.LimitReader(source, maxInput+1))
	if err != nil {
		return nil, fmt.Errorf("--%s: %w", flag, err)
	}
	if len(b) > maxInput {
		return nil, fmt.Errorf("--%s: is larger than %d bytes", flag, maxInput)
	}
	return b, nil
}

// secretFlag returns a secret that was given as text or, with -, stands in the
// first line of standard input; nil if it was not given.
func secretFlag(cmd *cobra.Command, flag string) (*string, error) {
	text := stringFlag(cmd, flag)
	if text == nil || *text != "-" {
		return text, nil
	}
	b, err := input(cmd, flag, "-")
	if err != nil {
		return nil, err
	}
	line, _, _ := strings.Cut(string(b), "\n")
	if line = strings.TrimSpace(line); line == "" {
		return nil, errors.New("--" + flag + " -: standard input is empty")
	}
	return &line, nil
}

// pairs reads name=value flags, in which separator stands between the two.
func pairs(cmd *cobra.Command, flag, separator string) ([][2]string, error) {
	values, _ := cmd.Flags().GetStringArray(flag)
	out := make([][2]string, len(values))
	for i, v := range values {
		name, value, ok := strings.Cut(v, separator)
		if !ok || strings.TrimSpace(name) == "" {
			return nil, fmt.Errorf("--%s: must be name%svalue", flag, separator)
		}
		out[i] = [2]string{strings.TrimSpace(name), strings.TrimSpace(value)}
	}
	return out, nil
}
