package documented

import (
	"errors"
	"fmt"
	"strings"
)

// ParseCurl reads a printed curl command line and returns the request that curl
// makes of it. A body that is printed apart from the command is sent in place of
// its --data; "" is none. Variables are left as they are, as placeholders.
func ParseCurl(text, body string) (Request, error) {
	words, err := splitWords(text)
	if err != nil {
		return Request{}, err
	}
	if len(words) == 0 || words[0] != "curl" {
		return Request{}, errors.New("must begin with curl")
	}
	c := curl{}
	for words = words[1:]; len(words) > 0; {
		n, err := c.option(words)
		if err != nil {
			return Request{}, err
		}
		words = words[n:]
	}
	if c.r.URL == "" {
		return Request{}, errors.New("has no URL")
	}
	if body != "" {
		c.r.Body = body
	}
	c.defaults()
	return c.r, nil
}

type curl struct{ r Request }

// option reads one option, or the URL, and returns how many words it has.
func (c *curl) option(words []string) (int, error) {
	switch words[0] {
	case "-L", "--location":
		return 1, nil
	case "-X", "--request", "-H", "--header", "-d", "--data", "--url":
	default:
		if strings.HasPrefix(words[0], "-") {
			return 0, fmt.Errorf("option %s is not known here", words[0])
		}
		c.r.URL = words[0]
		return 1, nil
	}
	if len(words) == 1 {
		return 0, fmt.Errorf("option %s needs a value", words[0])
	}
	value := words[1]
	switch words[0] {
	case "-X", "--request":
		c.r.Method = value
	case "--url":
		c.r.URL = value
	case "-d", "--data":
		c.r.Body = value
	default:
		h, err := parseHeader(value)
		if err != nil {
			return 0, err
		}
		c.r.Headers = append(c.r.Headers, h)
	}
	return 2, nil
}

// defaults adds what curl adds by itself.
func (c *curl) defaults() {
	if c.r.Method == "" {
		c.r.Method = "GET"
		if c.r.Body != "" {
			c.r.Method = "POST"
		}
	}
	if !c.r.Has("Accept") {
		c.r.Headers = append(c.r.Headers, Header{"Accept", "*/*"})
	}
	if c.r.Body != "" && !c.r.Has("Content-Type") {
		c.r.Headers = append(c.r.Headers, Header{"Content-Type", "application/x-www-form-urlencoded"})
	}
}

// splitWords splits a command line as a POSIX shell does, without expansions.
func splitWords(text string) ([]string, error) {
	var (
		words  []string
		word   strings.Builder
		inWord bool
		quote  byte
	)
	for i := 0; i < len(text); i++ {
		ch := text[i]
		switch {
		case quote != '\'' && ch == '\\' && i+1 < len(text):
			if i++; text[i] != '\n' {
				if quote == '"' && !strings.ContainsRune("\"\\$`", rune(text[i])) {
					word.WriteByte('\\')
				}
				word.WriteByte(text[i])
				inWord = true
			}
		case quote != 0 && ch == quote:
			quote = 0
		case quote == 0 && (ch == '\'' || ch == '"'):
			quote, inWord = ch, true
		case quote == 0 && strings.ContainsRune(" \t\n", rune(ch)):
			if inWord {
				words, inWord = append(words, word.String()), false
				word.Reset()
			}
		default:
			word.WriteByte(ch)
			inWord = true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("a %c is not closed", quote)
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}
