package settle

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const list = `00400000-0043d000 r-xp 00000000 fe:00 7  /opt/gate way
Size:                244 kB
Rss:                 244 kB
Anonymous:             0 kB
VmFlags: rd ex mr mw me
0043d000-00500000 r--p 0003d000 fe:00 7  /opt/gate way
Rss:                 244 kB
Anonymous:             4 kB
00500000-00600000 r--p 0003d000 fe:00 7  /opt/gate way
Anonymous:             0 kB
00600000-00700000 rw-p 0003d000 fe:00 7  /opt/gate way
Anonymous:             0 kB
00700000-00800000 r--s 0003d000 fe:00 7  /opt/gate way
Anonymous:             0 kB
00800000-00900000 r-xp 00000000 fe:00 8  /opt/gate way.so
Anonymous:             0 kB
00900000-00900000 r-xp 00000000 fe:00 7  /opt/gate way
Anonymous:             0 kB
x-00a00000 r-xp 00000000 fe:00 7  /opt/gate way
Anonymous:             0 kB
c000000000-c000400000 rw-p 00000000 00:00 0
Anonymous:             0 kB
`

func TestMirrorsAreWhatOnlyRepeatsTheFile(t *testing.T) {
	t.Parallel()
	require.Equal(t, []mapping{{0x400000, 0x43d000}, {0x500000, 0x600000}},
		mirrors(strings.NewReader(list), "/opt/gate way"))
}

func FuzzMirrors(f *testing.F) {
	f.Add(list)
	f.Add("-\nAnonymous: 0 kB")
	f.Fuzz(func(t *testing.T, smaps string) {
		for _, m := range mirrors(strings.NewReader(smaps), "/opt/gate way") {
			require.Less(t, m.start, m.end)
		}
	})
}

func TestReleaseTakesPagesOfTheExecutableBack(t *testing.T) {
	before := fileKiB(t)
	kept := make([]byte, 1<<20)
	kept[len(kept)-1] = 1
	Release()
	require.Less(t, fileKiB(t), before)
	require.EqualValues(t, 1, kept[len(kept)-1], "what is in use stays")
}

var fileRSS = regexp.MustCompile(`(?m)^RssFile:\s+(\d+) kB$`)

// fileKiB is how much of files this process maps and has touched.
func fileKiB(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	require.NoError(t, err)
	m := fileRSS.FindSubmatch(status)
	require.NotNil(t, m)
	n, err := strconv.Atoi(string(m[1]))
	require.NoError(t, err)
	return n
}
