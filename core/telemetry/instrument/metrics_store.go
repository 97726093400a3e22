package instrument

// Classes of what the store does; see [StoreDuration].
const (
	StoreCommit = "commit"
	StoreSelect = "select"
	StoreInsert = "insert"
	StoreUpdate = "update"
	StoreDelete = "delete"
	StoreRaw    = "raw"
)

// The database.
var (
	// StoreDuration is db.client.operation.duration of the semantic conventions
	// (https://opentelemetry.io/docs/specs/semconv/db/database-metrics/).
	StoreDuration = &Definition{
		Name: "db.client.operation.duration", Kind: Histogram, Unit: "s",
		Buckets: []float64{0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10},
		Description: "Time of the database's answers by class: commit is a whole transaction of the hot path, " +
			"raw a statement of several kinds; none of the rows' reading is in it.",
		Attributes: []Attribute{
			{Key: "db.system.name", Values: []string{"sqlite", "postgresql"}},
			{Key: "db.operation.name", Values: []string{StoreCommit, StoreSelect, StoreInsert, StoreUpdate, StoreDelete, StoreRaw}},
			{Key: "error.type", Values: []string{"canceled", "timeout", "fenced", "duplicate", Other}, Optional: true},
		},
	}
	StoreConnections = &Definition{
		Name: "db.client.connection.count", Kind: Gauge, Unit: "{connection}",
		Description: "Connections to the database. SQLite has one that writes and others that read.",
		Attributes: []Attribute{
			{Key: "db.client.connection.pool.name", Values: []string{"read", "write"}},
			{Key: "db.client.connection.state", Values: []string{"idle", "used"}},
		},
	}
	StoreSize = &Definition{
		Name: "switchhook.store.size", Kind: Gauge, Unit: "By",
		Description: "Bytes that the store takes on disk, by file or table.",
		Attributes:  []Attribute{{Key: "part", Bound: "SQLite's files, or Postgres' tables that grow"}},
	}
	StoreFree = &Definition{
		Name: "switchhook.store.free", Kind: Gauge, Unit: "By",
		Description: "Bytes in the database's file that are empty and will be used again (SQLite).",
	}
	StoreOldest = &Definition{
		Name: "switchhook.store.oldest_event.age", Kind: Gauge, Unit: "s",
		Description: "Time since the oldest event in the store was accepted.",
	}
	StoreBacklog = &Definition{
		Name: "switchhook.store.backlog", Kind: Gauge, Unit: "{item}",
		Description: "Events and deliveries in the store that are not done.",
	}
	StoreOverdue = &Definition{
		Name: "switchhook.store.overdue.age", Kind: Gauge, Unit: "s",
		Description: "Time by which the oldest work in the store that no gateway has is late: an event to be matched, or a delivery that is due.",
	}
	DiskFree = &Definition{
		Name: "switchhook.store.disk.free", Kind: Gauge, Unit: "By",
		Description: "Bytes that are free on the disk of the data directory (SQLite, where the system tells).",
	}
	RetentionRemoved = &Definition{
		Name: "switchhook.retention.removed", Kind: Counter, Unit: "{row}",
		Description: "Rows removed because they were older than they are kept.",
		Attributes: []Attribute{{Key: "table", Values: []string{
			"events", "deliveries", "attempts", "idempotency_keys", "audit_log", "replays", "trace_spans", "statistics",
		}}},
	}
	RetentionExpired = &Definition{
		Name: "switchhook.retention.expired", Kind: Counter, Unit: "{delivery}",
		Description: "Deliveries that were not final at retention.age and became dead.",
	}
)

var storeMetrics = []*Definition{
	StoreDuration, StoreConnections, StoreSize, StoreFree, StoreOldest, StoreBacklog, StoreOverdue, DiskFree, RetentionRemoved, RetentionExpired,
}
