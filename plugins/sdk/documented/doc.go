// Package documented reads the examples of a vendor's documentation that an
// adapter keeps as golden files, and compares them with what is really answered
// and delivered.
//
// A directory holds the printed texts, byte for byte, and examples.yaml, which
// says what they are ([Set]). Printed examples have errors, and ids and times of
// their own: each difference is listed there with its reason, and [Compare] wants
// exactly the listed ones.
package documented
