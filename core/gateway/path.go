package gateway

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

var pathParameter = regexp.MustCompile(`\{([^{}]*)\}`)

// canonical escapes a path in one way, segment by segment, so that /a%62 and /ab
// are the same and %2F stays inside of its segment. Empty segments stay: //a and
// /a/ are other paths than /a.
func canonical(escaped string) string {
	segments := strings.Split(escaped, "/")
	for i, s := range segments {
		if text, err := unescape(s); err == nil {
			s = text
		}
		segments[i] = url.PathEscape(s)
	}
	return strings.Join(segments, "/")
}

func unescape(segment string) (string, error) { return url.PathUnescape(segment) }

// compilePath turns a path template of a document into a pattern of the mux,
// and lists its parameters. Their names are the document's to choose and may
// hold what the mux reads as an expression, so it gets names of our own; stars
// and braces of the text itself are escaped by canonical.
func compilePath(template string) (pattern string, params []string) {
	var b strings.Builder
	end := 0
	for i, at := range pathParameter.FindAllStringSubmatchIndex(template, -1) {
		b.WriteString(canonical(template[end:at[0]]))
		b.WriteString("{" + paramKey(i) + "}")
		params = append(params, template[at[2]:at[3]])
		end = at[1]
	}
	b.WriteString(canonical(template[end:]))
	return b.String(), params
}

func paramKey(i int) string { return "p" + strconv.Itoa(i) }

// below returns the part of a canonical path under base; ok is false when it
// lies elsewhere.
func below(base, path string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(path, base)
	if !ok || rest != "" && rest[0] != '/' {
		return path, false
	}
	if rest == "" {
		rest = "/"
	}
	return rest, true
}
