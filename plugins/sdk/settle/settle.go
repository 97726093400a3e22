// Package settle gives back the memory that the start of a process needed and
// its work does not. A gateway is several processes of one binary: what each of
// them keeps from its start counts that many times.
package settle

import (
	"runtime"
	"runtime/debug"
)

// Collect collects garbage, that in pools too. Go lets as much garbage gather as
// there is memory in use: before a part of the start that makes a lot of it, this
// keeps the heap from growing by what parts before have left.
func Collect() {
	runtime.GC()
	runtime.GC() // what a sync.Pool holds outlives one collection
}

// Release gives back what is garbage, and the pages of the executable that have
// been touched so far: initialising its packages touches most of them, serving
// few, and those come back from the page cache at their next use. It takes some
// milliseconds of one core; call it once, when the process has started.
func Release() {
	Collect()
	debug.FreeOSMemory()
	unmapExecutable()
}
