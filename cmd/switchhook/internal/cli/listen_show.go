package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/cmd/switchhook/internal/answer"
	"github.com/switchhook/switchhook/cmd/switchhook/internal/listen"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

// show writes deliveries as they arrive. The first error ends it.
type show struct {
	w          io.Writer
	json, body bool
	err        error
}

func newShow(cmd *cobra.Command, format string) (*show, error) {
	if format == answer.YAML {
		return nil, errors.New("--output: must be table or json")
	}
	body, _ := cmd.Flags().GetBool("body")
	return &show{w: cmd.OutOrStdout(), json: format == answer.JSON, body: body}, nil
}

// Lines are written as they come, so columns have widths of their own.
const showLine = "%-8s  %-30s  %-36s  %-6s  %s\n"

func (s *show) heading() {
	if !s.json {
		s.line("TIME", "TYPE", "ID", "STATUS", "SIGNATURE")
	}
}

func (s *show) line(cells ...any) {
	if s.err == nil {
		_, s.err = fmt.Fprintf(s.w, showLine, cells...)
	}
}

func (s *show) delivery(d listen.Delivery) {
	if s.json {
		s.object(d)
		return
	}
	verdict := "ok"
	if d.Signature != nil {
		verdict = "wrong: " + d.Signature.Error()
	}
	if d.Forward != nil {
		verdict += "; not forwarded: " + d.Forward.Error()
	}
	s.line(d.Time.Local().Format(time.TimeOnly), cell(orDash(d.Type)), cell(orDash(d.ID)), fmt.Sprint(d.Status), cell(verdict))
	if s.body && s.err == nil {
		_, s.err = io.WriteString(s.w, indented(d.Body))
	}
}

// indented is a body for the eye: JSON over several lines, all of it moved to
// the right.
func indented(body []byte) string {
	var b bytes.Buffer
	if json.Indent(&b, body, "", "  ") != nil {
		b.Reset()
		b.Write(body)
	}
	var out strings.Builder
	for line := range strings.Lines(b.String()) {
		out.WriteString("  " + strings.TrimRight(cell(strings.TrimRight(line, "\n")), " ") + "\n")
	}
	return out.String()
}

// shown is a delivery as a line of JSON.
type shown struct {
	Time      time.Time       `json:"time"`
	Type      string          `json:"type"`
	ID        string          `json:"id"`
	Status    int             `json:"status"`
	Signature string          `json:"signature"`
	Forward   string          `json:"forward_error,omitempty"`
	Body      json.RawMessage `json:"body,omitempty"`
	Text      string          `json:"body_text,omitempty"`
}

func (s *show) object(d listen.Delivery) {
	v := shown{Time: d.Time.UTC(), Type: d.Type, ID: d.ID, Status: d.Status, Signature: "ok"}
	if d.Signature != nil {
		v.Signature = "wrong: " + d.Signature.Error()
	}
	if d.Forward != nil {
		v.Forward = d.Forward.Error()
	}
	switch {
	case s.body && jsondata.Valid(d.Body):
		v.Body = d.Body
	case s.body:
		v.Text = string(d.Body)
	}
	text, err := jsondata.Marshal(v)
	if s.err = errors.Join(s.err, err); s.err == nil {
		_, s.err = s.w.Write(append(text, '\n'))
	}
}
