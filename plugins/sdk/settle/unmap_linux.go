package settle

import (
	"bufio"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// maxMaps bounds what is read of the kernel's list of mappings, in bytes.
const maxMaps = 1 << 20

// unmapExecutable takes the executable's pages out of this process's page table,
// where they only mirror the file (madvise(2), MADV_DONTNEED). It is no harm if
// that cannot be done.
func unmapExecutable() {
	path, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		return
	}
	defer func() { _ = f.Close() }()
	for _, m := range mirrors(io.LimitReader(f, maxMaps), path) {
		_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, m.start, m.end-m.start, syscall.MADV_DONTNEED)
	}
}

// mapping is a range of addresses, the end excluded.
type mapping struct{ start, end uintptr }

// mirrors reads a list in the form of /proc/self/smaps (proc(5)) and returns the
// mappings of a file that cannot be written to and hold nothing but the file's
// own bytes: those of a loader that has written to a mapping before it made it
// read-only would be lost.
func mirrors(smaps io.Reader, path string) []mapping {
	var (
		out       []mapping
		candidate mapping
		lines     = bufio.NewScanner(smaps)
	)
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		switch {
		case len(f) >= 5 && !strings.HasSuffix(f[0], ":"):
			candidate = mapping{}
			name := strings.Join(f[5:], " ")
			if name == path && len(f[1]) == 4 && f[1][1] == '-' && f[1][3] == 'p' {
				candidate = parseRange(f[0])
			}
		case len(f) == 3 && f[0] == "Anonymous:" && f[1] == "0" && candidate.end > candidate.start:
			out = append(out, candidate)
			candidate = mapping{}
		}
	}
	return out
}

// parseRange reads addresses as 400000-5f2000; what it cannot read is empty.
func parseRange(s string) mapping {
	first, last, _ := strings.Cut(s, "-")
	start, err := strconv.ParseUint(first, 16, strconv.IntSize)
	if err != nil {
		return mapping{}
	}
	end, err := strconv.ParseUint(last, 16, strconv.IntSize)
	if err != nil {
		return mapping{}
	}
	return mapping{start: uintptr(start), end: uintptr(end)}
}
