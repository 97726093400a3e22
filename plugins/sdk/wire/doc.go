// Package wire tunes gRPC for the contract between gateway and plugin: both ends
// are on one machine, calls are few and carry batches. Its options change what a
// call costs, never what it says: a plugin or a gateway without them, in whatever
// language, speaks to one that has them.
package wire
