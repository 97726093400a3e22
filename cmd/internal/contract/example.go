package contract

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Example is a request of the document with the answer that it tells of.
type Example struct {
	// Name is that of the document, Summary its words; both are empty for a request
	// without a body.
	Name, Summary string
	// Target is the path with the parameters that must be there.
	Target string
	// ContentType is that of Body, which is JSON; both are empty where there is none.
	ContentType, Body string
	Status            int
	// AnswerType is that of Answer, which is JSON, or empty where the document does
	// not tell what the answer looks like.
	AnswerType, Answer string
}

// Examples are those of the operation: one for each example of its body that is
// JSON, or one.
func (o *Operation) Examples() ([]Example, error) {
	var out []Example
	for _, contentType := range o.contentTypes() {
		media := o.Spec.RequestBody.Value.Content[contentType]
		for _, name := range slices.Sorted(maps.Keys(media.Examples)) {
			body, err := render(media.Examples[name].Value.Value, media.Schema)
			if err != nil {
				return nil, fmt.Errorf("%s, example %s: %w", o.ID, name, err)
			}
			out = append(out, Example{Name: name, Summary: media.Examples[name].Value.Summary, ContentType: contentType, Body: body})
		}
	}
	if len(out) == 0 && o.Spec.RequestBody != nil && o.Spec.RequestBody.Value.Required {
		return nil, fmt.Errorf("%s has no example of its body", o.ID)
	}
	if len(out) == 0 {
		out = []Example{{}}
	}
	for i := range out {
		out[i].Target = o.exampleTarget()
		answer, err := o.success(&out[i])
		if err == nil {
			err = out[i].setAnswer(answer, out)
		}
		if err != nil {
			return nil, fmt.Errorf("%s, answer: %w", o.ID, err)
		}
	}
	return out, nil
}

// success is the answer to a request that is well. Where there are several, 200 is
// that to a dry run.
func (o *Operation) success(e *Example) (*openapi3.Response, error) {
	var codes []int
	for status := range o.Spec.Responses.Map() {
		if code, err := strconv.Atoi(status); err == nil && code/100 == 2 {
			codes = append(codes, code)
		}
	}
	if len(codes) == 0 {
		return nil, errors.New("there is none that is 2xx")
	}
	var body struct {
		DryRun bool `json:"dry_run"`
	}
	if e.Status = slices.Max(codes); json.Unmarshal([]byte(e.Body), &body) == nil && body.DryRun {
		e.Status = slices.Min(codes)
	}
	return o.Spec.Responses.Status(e.Status).Value, nil
}

func (o *Operation) exampleTarget() string {
	path, query := o.Path, url.Values{}
	for _, p := range o.Parameters {
		text := fmt.Sprint(p.Example)
		if p.Example == nil {
			text = fmt.Sprint(sample(p.Schema, 0))
		}
		switch {
		case p.In == openapi3.ParameterInPath:
			path = strings.Replace(path, "{"+p.Name+"}", url.PathEscape(text), 1)
		case p.In == openapi3.ParameterInQuery && p.Required:
			query.Set(p.Name, text)
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path
}

// setAnswer takes the answer's example of the same name as the request's, else one
// that belongs to no request, else what its schema says.
func (e *Example) setAnswer(answer *openapi3.Response, requests []Example) (err error) {
	for _, contentType := range slices.Sorted(maps.Keys(answer.Content)) {
		media := answer.Content[contentType]
		e.AnswerType = contentType
		if !shown(contentType, media) {
			continue
		}
		value := media.Example
		if value == nil {
			value = pick(media, e.Name, requests)
		}
		if value == nil {
			value = sample(media.Schema, 0)
		}
		if err := media.Schema.Value.VisitJSON(value, openapi3.VisitAsResponse()); err != nil {
			return fmt.Errorf("the example does not fit its schema: %w", err)
		}
		e.Answer, err = render(value, media.Schema)
		return err
	}
	return nil
}

// shown tells whether an answer is more than any text or object, such as a document
// is.
func shown(contentType string, media *openapi3.MediaType) bool {
	s := media.Schema.Value
	told := len(s.Properties) + len(s.AllOf) + len(s.OneOf) + len(media.Examples)
	return strings.HasSuffix(contentType, "json") && (told > 0 || media.Example != nil)
}

func pick(media *openapi3.MediaType, name string, requests []Example) any {
	if same := media.Examples[name]; same != nil {
		return same.Value.Value
	}
	for _, other := range slices.Sorted(maps.Keys(media.Examples)) {
		if !slices.ContainsFunc(requests, func(r Example) bool { return r.Name == other }) {
			return media.Examples[other].Value.Value
		}
	}
	return nil
}

// SameShape returns an error where an answer does not look like its example: a
// member has another type. What an answer must have, [Operation.Check] tells.
func (e Example) SameShape(answer []byte) error {
	if e.Answer == "" {
		return nil
	}
	var want, have any
	if err := json.Unmarshal([]byte(e.Answer), &want); err != nil {
		return err
	}
	if err := json.Unmarshal(answer, &have); err != nil {
		return err
	}
	return sameShape(want, have, "")
}

func sameShape(want, have any, at string) error {
	if want == nil || have == nil {
		return nil
	}
	switch want := want.(type) {
	case map[string]any:
		if have, ok := have.(map[string]any); ok {
			for name := range want {
				if err := sameShape(want[name], have[name], at+"/"+name); err != nil {
					return err
				}
			}
			return nil
		}
	case []any:
		if have, ok := have.([]any); ok {
			if len(want) > 0 && len(have) > 0 {
				return sameShape(want[0], have[0], at+"/0")
			}
			return nil
		}
	default:
		if fmt.Sprintf("%T", want) == fmt.Sprintf("%T", have) {
			return nil
		}
	}
	return fmt.Errorf("%s is %v, unlike the document's %v", at, have, want)
}

// HTTP is the request as it is sent to a gateway on this machine.
func (e Example) HTTP(method string, public bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\nHost: 127.0.0.1:8080\n", method, e.Target)
	if !public {
		b.WriteString("Authorization: Bearer swh_…\n")
	}
	if e.Body != "" {
		fmt.Fprintf(&b, "Content-Type: %s\n\n%s", e.ContentType, e.Body)
	}
	return strings.TrimSpace(b.String())
}

// HTTPAnswer is the answer as it comes.
func (e Example) HTTPAnswer() string {
	text := fmt.Sprintf("HTTP/1.1 %d %s", e.Status, http.StatusText(e.Status))
	if e.AnswerType != "" {
		text += "\nContent-Type: " + e.AnswerType
	}
	switch {
	case e.Answer != "":
		text += "\n\n" + e.Answer
	case e.AnswerType != "":
		text += "\n\n…"
	}
	return text
}
