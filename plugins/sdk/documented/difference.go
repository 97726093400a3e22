package documented

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Where differences are that are not at a JSON pointer.
const (
	// AtBytes is an error in the printed text: Printed, which stands in it once,
	// must be Ours for the text to be JSON.
	AtBytes = "bytes"
	// AtLayout is other white space between the same values.
	AtLayout = "layout"
	// atOrder, with a JSON pointer behind it, is another order of an object's members.
	atOrder = "order of "
)

// Difference is between what is printed and what is answered or delivered.
type Difference struct {
	// At is a JSON pointer, "order of " with the JSON pointer of an object ("/" for
	// the whole), [AtLayout] or [AtBytes].
	At string
	// Printed is the printed value as JSON; "" if there is none.
	Printed string
	// Ours is the value in its place as JSON; "" if there is none, or if Like is set.
	Ours string
	// Like is an expression that matches our value as a whole, where it is another
	// each time.
	Like string
	// Why it differs, in a sentence.
	Why string
}

func (d Difference) String() string {
	ours := d.Ours
	if d.Like != "" {
		ours = "like " + d.Like
	}
	return fmt.Sprintf("at %s: printed %s, ours %s", d.At, orNothing(d.Printed), orNothing(ours))
}

func orNothing(text string) string {
	if text == "" {
		return "nothing"
	}
	return text
}

// Compare tells where the difference between a printed text and ours is another
// than the listed one; nil if it is exactly that. Both are JSON, the printed one
// once its listed errors are repaired.
func Compare(printed, ours string, listed []Difference) error {
	repaired, err := repair(printed, listed)
	if err != nil {
		return err
	}
	var whole []string
	for _, d := range listed {
		whole = append(whole, d.At)
	}
	found, err := Differences(repaired, ours, whole...)
	if err != nil {
		return err
	}
	var faults []error
	for _, d := range found {
		if !slices.ContainsFunc(listed, d.is) {
			faults = append(faults, fmt.Errorf("not listed: %s", d))
		}
	}
	for _, d := range listed {
		switch {
		case strings.TrimSpace(d.Why) == "":
			faults = append(faults, fmt.Errorf("listed without a reason: %s", d))
		case d.At != AtBytes && !slices.ContainsFunc(found, func(f Difference) bool { return f.is(d) }):
			faults = append(faults, fmt.Errorf("listed, but not so: %s", d))
		}
	}
	return errors.Join(faults...)
}

// is tells whether a found difference is a listed one.
func (d Difference) is(listed Difference) bool {
	if d.At != listed.At || d.Printed != listed.Printed {
		return false
	}
	if listed.Like == "" {
		return d.Ours == listed.Ours
	}
	like, err := regexp.Compile(`\A(?:` + listed.Like + `)\z`)
	return err == nil && d.Ours != "" && like.MatchString(d.Ours)
}

// repair mends the listed errors of a printed text.
func repair(printed string, listed []Difference) (string, error) {
	for _, d := range listed {
		if d.At != AtBytes {
			continue
		}
		if json.Valid([]byte(printed)) {
			return "", fmt.Errorf("listed, but the text is JSON without it: %s", d)
		}
		if n := strings.Count(printed, d.Printed); n != 1 {
			return "", fmt.Errorf("is in the text %d times, not once: %s", n, d)
		}
		printed = strings.Replace(printed, d.Printed, d.Ours, 1)
	}
	return printed, nil
}

// Differences lists what differs between two JSON texts, byte for byte but for
// the spelling of member names. The values at whole, JSON pointers, are compared
// as they are, not member by member.
func Differences(printed, ours string, whole ...string) ([]Difference, error) {
	p, err := parseTree([]byte(printed))
	if err != nil || !json.Valid([]byte(printed)) {
		return nil, errors.New("the printed text is not JSON, and no difference at bytes mends it")
	}
	o, err := parseTree([]byte(ours))
	if err != nil || !json.Valid([]byte(ours)) {
		return nil, fmt.Errorf("ours is not JSON: %s", ours)
	}
	found := comparison{whole}.values("", p, o)
	printed, ours = strings.TrimSpace(printed), strings.TrimSpace(ours)
	oneLine, oursOneLine := printed == p.String(), ours == o.String()
	if oneLine != oursOneLine || !oneLine && printed != ours {
		found = append(found, Difference{At: AtLayout})
	}
	return found, nil
}
