// Package expression evaluates one expression over an event, such as
//
//	attributes.type startsWith "order." and data.total > 100
//
// The language is expr-lang's: its parser reads the source and its checker finds
// errors of type. The evaluation is this package's own, because events and
// expressions come from outside. expr-lang's machine counts allocations alone, so
// that nested loops over an event's arrays may run for hours and repeated text
// may fill the memory; and it reads a missing field as nil, so that
// data.total != 5 holds where there is no total. Here every evaluation has a
// budget of [Steps], a missing field is an error, and so is every operation on
// values of the wrong kind.
//
// # Values
//
// nil, booleans, numbers, texts, arrays, objects and times. A JSON number that is
// an integer of 64 bits is kept exactly; another is a double. Integers are
// compared exactly with integers, and as doubles with doubles. Arithmetic that
// leaves 64 bits is an error, as is division by zero.
//
// # Errors of an evaluation
//
// Absent is what a path names and the event has not: a field of an object, an
// element beyond an array, a field of null, an attribute, or data that is not
// JSON. The operators || and && do not evaluate their right side where the left
// one decides; a ?? b is b where a is nil or needs what is absent; a?.b is nil
// where a is nil or absent or has no b, and ends the path. Everything else that
// meets something absent fails with it. == and != take values of any kinds, and
// values of different kinds are not equal.
//
// # Cost
//
// Sources are bounded by [MaxSource] and [MaxNodes]. A pass of a loop costs a
// step for each node of its body; work on texts, arrays and patterns costs steps
// by their length. What is built is paid for before it is, so that the budget
// bounds memory as well. The count depends on nothing but the expression
// and the event, so an evaluation that is stopped is stopped everywhere.
//
// # What is left out
//
// Functions that depend on the moment (now) or on the machine (timezone), those
// that build large values, arithmetic with times, ranges, slices, objects,
// reduce and #acc, and patterns that are not written in the source.
package expression
