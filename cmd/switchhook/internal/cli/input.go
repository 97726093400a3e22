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

// readsInput annotates a command with the flag that has read standard input.
const readsInput = "switchhook:stdin"

// input returns the text itself, a file's content for @file, or standard input
// for -.
func input(cmd *cobra.Command, flag, text string) ([]byte, error) {
	source := cmd.InOrStdin()
	switch {
	case text == "-":
		if first := cmd.Annotations[readsInput]; first != "" {
			return nil, fmt.Errorf("--%s and --%s cannot both read standard input: name a file for one", first, flag)
		}
		if cmd.Annotations == nil {
			cmd.Annotations = map[string]string{}
		}
		cmd.Annotations[readsInput] = flag
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

// fileInput returns the content of the file that a flag names; - is standard input.
func fileInput(cmd *cobra.Command, flag string) ([]byte, error) {
	name, _ := cmd.Flags().GetString(flag)
	if name != "-" {
		name = "@" + name
	}
	return input(cmd, flag, name)
}

// secretFlag returns a secret that was given as text or, with -, stands in the
// first line of standard input; nil if it was not given.
func secretFlag(cmd *cobra.Command, flag string) (*string, error) {
	text := stringFlag(cmd, flag)
	if text == nil || *text != "-" {
		return text, nil
	}
	line, err := firstLine(cmd, flag, "-")
	return &line, err
}

// firstLine is that of a file, @file, or of standard input, -.
func firstLine(cmd *cobra.Command, flag, source string) (string, error) {
	b, err := input(cmd, flag, source)
	if err != nil {
		return "", err
	}
	line, _, _ := strings.Cut(string(b), "\n")
	switch line = strings.TrimSpace(line); {
	case line != "":
		return line, nil
	case source == "-":
		return "", errors.New("--" + flag + " -: standard input is empty")
	default:
		return "", errors.New("--" + flag + ": the first line of " + source[1:] + " is empty")
	}
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
