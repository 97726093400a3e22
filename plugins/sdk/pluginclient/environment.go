package pluginclient

import "strings"

// passed are the variables that a plugin gets from the gateway's environment,
// besides OTEL_*. Nothing else: the gateway's holds secrets.
var passed = []string{"PATH", "TMPDIR", "TZ", "GOMAXPROCS", "SSL_CERT_FILE", "SSL_CERT_DIR"}

// memoryLimit makes a plugin collect its garbage before it outgrows what its
// bounded concurrent calls need.
const memoryLimit = "GOMEMLIMIT=64MiB"

func environment(gateway, extra []string) []string {
	env := []string{memoryLimit}
	for _, e := range gateway {
		name, _, _ := strings.Cut(e, "=")
		if strings.HasPrefix(name, "OTEL_") {
			env = append(env, e)
			continue
		}
		for _, p := range passed {
			if name == p {
				env = append(env, e)
			}
		}
	}
	return append(env, extra...)
}
