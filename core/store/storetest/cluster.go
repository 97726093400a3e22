package storetest

import (
	"fmt"
	"net/url"

	"github.com/switchhook/switchhook/core/store/cluster"
)

// throwAway is the server that ends when nothing refers to it any more.
var throwAway *cluster.Cluster //nolint:unused // it is kept, not used

// startCluster starts a throw-away server for as long as this process lives.
func startCluster() (*url.URL, error) {
	c, err := cluster.Start()
	if err != nil {
		return nil, fmt.Errorf("%w; or set %s=postgres://…", err, PostgresVariable)
	}
	throwAway = c
	return c.URL, nil
}
