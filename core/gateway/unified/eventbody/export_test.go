package eventbody

// ReadQuickly and Explained are the two roads that a body can take.
var (
	ReadQuickly = readQuickly
	Explained   = explained
)
