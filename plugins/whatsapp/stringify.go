package whatsapp

import "github.com/switchhook/switchhook/plugins/sdk/jsondata"

// stringify writes v as JavaScript's JSON.stringify does: the documented verifier
// for Node.js hashes what it makes of the parsed body. Go's encoder differs in
// characters that it escapes: those of HTML, which jsondata leaves, and U+2028
// and U+2029.
func stringify(v any) ([]byte, error) {
	text, err := jsondata.Marshal(v)
	if err != nil {
		return nil, err
	}
	return lineSeparators(text), nil
}

// lineSeparators writes \u2028 and \u2029 in JSON text as themselves.
func lineSeparators(text []byte) []byte {
	const escape = len(`\u2028`)
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		switch {
		case text[i] != '\\' || i+1 == len(text):
			out = append(out, text[i])
			i++
		case i+escape <= len(text) && string(text[i:i+escape]) == `\u2028`:
			out = append(out, "\u2028"...)
			i += escape
		case i+escape <= len(text) && string(text[i:i+escape]) == `\u2029`:
			out = append(out, "\u2029"...)
			i += escape
		default:
			// The character after a backslash is not the start of another escape.
			out = append(out, text[i], text[i+1])
			i += 2
		}
	}
	return out
}
