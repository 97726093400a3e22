package gateway

import (
	"bytes"
	"encoding/json"
	"sync"
)

// maxTail is how much of the log is kept, in bytes.
const maxTail = 8 << 10

// logTail takes a gateway's log: it keeps the end, and finds the address in it.
type logTail struct {
	// listening gets the address once.
	listening chan string

	mu    sync.Mutex
	tail  []byte
	line  []byte // the last, where it is not whole yet
	found bool
}

func newLogTail() *logTail { return &logTail{listening: make(chan string, 1)} }

// Write implements io.Writer.
func (l *logTail) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tail = append(l.tail, b...)
	if excess := len(l.tail) - maxTail; excess > 0 {
		l.tail = append(l.tail[:0], l.tail[excess:]...)
	}
	if !l.found {
		l.search(b)
	}
	return len(b), nil
}

// search looks for the line {"msg":"ready","listen":"127.0.0.1:1234"}.
func (l *logTail) search(b []byte) {
	l.line = append(l.line, b...)
	for {
		line, rest, whole := bytes.Cut(l.line, []byte("\n"))
		if !whole {
			if len(l.line) > maxTail {
				l.line = nil
			}
			return
		}
		l.line = rest
		var entry struct{ Msg, Listen string }
		if json.Unmarshal(line, &entry) == nil && entry.Msg == "ready" && entry.Listen != "" {
			l.found, l.line = true, nil
			l.listening <- entry.Listen
			return
		}
	}
}

// String returns the end of the log.
func (l *logTail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.tail)
}
