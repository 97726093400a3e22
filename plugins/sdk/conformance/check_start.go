package conformance

import "context"

// checkStart starts the process. The gateway would start it again with backoff
// for ever; here once is enough.
func checkStart(ctx context.Context, k *kit, r *recorder) {
	r.cases(1)
	if err := k.launch(ctx); err != nil {
		r.add("process", "serve the adapter with sdk.Serve as the whole main function, print nothing to standard output, and accept the given settings", "%v", err)
	}
}
