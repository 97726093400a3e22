//go:build !linux && !darwin

package diskfree

// Of is not known here.
func Of(string) (bytes uint64, ok bool) { return 0, false }
