// Package diskfree asks the system how much room a disk has.
package diskfree
