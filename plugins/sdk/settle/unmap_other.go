//go:build !linux

package settle

// unmapExecutable is left to the system where it has no such call.
func unmapExecutable() {}
