// Package archtest states the import rules of this house, each with its reason,
// as a test.
package archtest
