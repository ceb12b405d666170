// fail.go - storage calls that fail, disks without room, no descriptors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// fault is one way in which one call fails.
type fault struct {
	name    string
	classes uint64
	code    uint64
}

var faults = []fault{
	{"EIO", classAll, uint64(syscall.EIO)},
	{"ENOSPC", classOpen | classWrite | className | classSize, uint64(syscall.ENOSPC)},
	{"a short write", classWrite, errShort},
	{"a failed sync", classSync, uint64(syscall.EIO)},
	{"no space at a sync", classSync, uint64(syscall.ENOSPC)},
	{"EMFILE", classOpen | classLook, uint64(syscall.EMFILE)},
}

// health is what the node says of itself.
type health struct {
	Status     string
	WaitingFor []string
}

func (n *node) ready() (bool, string, error) {
	status, text, err := n.ask("GET", "/readyz", nil)
	if err != nil {
		return false, "", err
	}
	var h health
	if err := json.Unmarshal(text, &h); err != nil {
		return false, "", err
	}
	return status == 200, strings.Join(h.WaitingFor, "; "), nil
}

func until(bound time.Duration, f func() bool) bool {
	for end := time.Now().Add(bound); time.Now().Before(end); {
		if f() {
			return true
		}
		time.Sleep(20 * time.Millisecond)
	}
	return f()
}

// fail lets the calls of a day fail, each once and in each way.
func (b *bench) fail(want int) {
	start, all := b.measure()
	total := int(all) * len(faults)
	step := 1
	if want > 0 && want < total {
		step = total / want
	}
	var plan []int
	if b.call != 0 {
		step = 1
	}
	for i := int(b.seed) % step; i < total; i += step {
		if (b.call == 0 || uint64(i/len(faults)+1) == b.call) &&
			(b.way == "" || b.way == faults[i%len(faults)].name) {
			plan = append(plan, i)
		}
	}
	b.spread(len(plan), func(i int, dice *rand.Rand) {
		f := faults[plan[i]%len(faults)]
		at := 1 + uint64(plan[i]/len(faults))
		n := b.fresh(fmt.Sprintf("fail-%d", i))
		defer b.drop(n)
		where := fmt.Sprintf("%s at storage call %d (of %d, %d to start)",
			f.name, at, all, start)
		if err := b.oneFault(n, f, at); err != nil {
			b.finding(n, "%s, %s: %v", where, n.share.path(), err)
		}
		if n.cmd != nil && n.alive() {
			n.kill()
		}
	})
}

func (b *bench) oneFault(n *node, f fault, at uint64) error {
	p := newPromises()
	w := &worker{n, p}
	n.share.failing(f.classes, f.code, at, 1)
	b.count("faults", 1)
	err := n.start()
	if err == errDied {
		// It may refuse to start, and says why.
		if killed(n) || n.cmd.ProcessState.ExitCode() <= 0 {
			return fmt.Errorf("at the start: %v", n.state)
		}
		if !strings.Contains(n.out.String(), "lianfangd: ") {
			return fmt.Errorf("it does not start and does not say why")
		}
		b.count("unready", 1)
	} else if err != nil {
		return err
	} else {
		if err := b.faultyDay(w, f); err != nil {
			return err
		}
	}
	if len(p.problems) > 0 {
		return fmt.Errorf("refused with %v", p.problems)
	}
	page := n.share
	n.share = nil
	defer func() { n.share = page }()
	if err = n.check(p, b.vkeys, always); err != nil {
		return err
	}
	b.opened(n)
	b.count("receipts", len(p.receipts))
	b.count("507", p.refusals[507])
	return n.stop()
}

// faultyDay is a day in which a call fails; the node ends by SIGTERM only.
func (b *bench) faultyDay(w *worker, f fault) error {
	n, s := w.n, w.n.share
	w.workday()
	if !n.alive() {
		return fmt.Errorf("it ended by itself: %v", n.state)
	}
	ready, why, err := n.ready()
	if err != nil {
		return err
	}
	// A sync that failed leaves unknown what the disk holds.
	lost := get(&s.failed) > 0 && get(&s.failedClass) == classSync &&
		strings.Contains(s.path(), "/own/")
	if lost {
		b.count("halted", 1)
		if ready || !strings.Contains(why, "writing stopped") {
			return fmt.Errorf("ready after a failed sync: %q", why)
		}
		if !strings.Contains(n.out.String(), "NODE-HALTED") {
			return fmt.Errorf("the journal does not say that it halted")
		}
		status, text, err := n.ask("POST", "/v1/alarms", body("after", 1))
		if err != nil || status != 503 || !strings.Contains(string(text),
			"NODE_HALTED") {
			return fmt.Errorf("a halted node answers %d %s", status, text)
		}
		if _, err = n.mustGet("/v1/alarms?limit=1"); err != nil {
			return fmt.Errorf("a halted node does not serve reads: %v", err)
		}
	}
	// LMDB cannot go on after its meta page, which no file system but a
	// copying one has no room for.
	meta := strings.Contains(n.out.String(), "NODE-HALTED") &&
		strings.HasSuffix(s.path(), "data.mdb")
	if meta && (ready || !strings.Contains(why, "writing stopped")) {
		return fmt.Errorf("ready after a failed meta page: %q", why)
	}
	// Else it is still to come, at the end.
	hit := get(&s.failed) > 0
	if f.code == uint64(syscall.ENOSPC) && f.classes&classSync == 0 && hit && !meta {
		if !until(askBound, func() bool { ok, _, _ := n.ready(); return ok }) {
			return fmt.Errorf("not ready again: %q", why)
		}
		if list := w.p.number("after", 1, 1); !w.post(list) || list[0].at == 0 {
			return fmt.Errorf("no writes with room again")
		}
	}
	_ = n.cmd.Process.Signal(syscall.SIGTERM)
	if err := n.wait(stopBound); err != nil {
		return fmt.Errorf("it does not end cleanly: %v", err)
	}
	return nil
}

// ---- room, descriptors, map ----

func (b *bench) full() {
	for _, t := range []struct {
		name string
		run  func() error
	}{
		{"no space by the shim", b.fullShim},
		{"a small file system", b.fullTmpfs},
		{"no descriptors", b.noDescriptors},
		{"the map grows", b.growing},
	} {
		if err := t.run(); err != nil {
			b.finding(nil, "%s: %v", t.name, err)
			continue
		}
		fmt.Printf("ok - %s\n", t.name)
	}
}

// fullAndBack: every write is refused with 507 while there is no room, reads go
// on, and writes too when there is room, without a restart.
func (b *bench) fullAndBack(n *node, fill, free func() error) error {
	p := newPromises()
	w := &worker{n, p}
	if !w.burst("before", 2, 2, 5) {
		return fmt.Errorf("no day before")
	}
	if err := fill(); err != nil {
		return err
	}
	refused := until(askBound, func() bool {
		return w.post(p.number(fmt.Sprintf("full-%d", len(p.alarms)), 1, 20)) &&
			p.refusals[507] > 0
	})
	if !refused {
		return fmt.Errorf("no 507 without room: %v", p.refusals)
	}
	ready, why, err := n.ready()
	if err != nil || ready || !strings.Contains(why, "no room") {
		return fmt.Errorf("readyz without room: %v %q %v", ready, why, err)
	}
	status, text, err := n.ask("GET", "/v1/status", nil)
	if err != nil || status != 200 || !strings.Contains(string(text), "no room") {
		return fmt.Errorf("status without room: %d %s", status, text)
	}
	for _, path := range []string{"/v1/alarms?limit=10", "/v1/proof/evidence/1",
		"/evidence/1/checkpoint", "/healthz", "/metrics"} {
		if _, err := n.mustGet(path); err != nil {
			return fmt.Errorf("reads without room: %v", err)
		}
	}
	if err := free(); err != nil {
		return err
	}
	if !until(askBound, func() bool { ok, _, _ := n.ready(); return ok }) {
		return fmt.Errorf("not ready with room again")
	}
	if !w.burst("again", 2, 2, 5) {
		return fmt.Errorf("no day after")
	}
	for _, a := range p.alarms {
		if strings.HasPrefix(a.source, "again") && a.at == 0 {
			return fmt.Errorf("refused with room again: %d", a.refused)
		}
	}
	for status := range p.refusals {
		if status != 507 {
			return fmt.Errorf("refusals: %v", p.refusals)
		}
	}
	if len(p.problems) > 0 {
		return fmt.Errorf("refused with %v", p.problems)
	}
	out := n.out.String()
	if !strings.Contains(out, "NODE-FULL") || !strings.Contains(out, "NODE-ROOM") {
		return fmt.Errorf("the journal does not say NODE-FULL and NODE-ROOM")
	}
	b.count("507", p.refusals[507])
	b.count("receipts", len(p.receipts))
	if err := n.stop(); err != nil {
		return err
	}
	page := n.share
	n.share = nil
	defer func() { n.share = page }()
	if err := n.check(p, b.vkeys, always); err != nil {
		return err
	}
	b.opened(n)
	return n.stop()
}

func (b *bench) fullShim() error {
	n := b.fresh("full")
	defer b.drop(n)
	if err := n.start(); err != nil {
		return err
	}
	defer n.kill()
	return b.fullAndBack(n, func() error {
		n.share.failing(classOpen|classWrite|className|classSize,
			uint64(syscall.ENOSPC), 1, 1<<40)
		return nil
	}, func() error {
		n.share.healthy()
		return nil
	})
}

// fullTmpfs fills a small file system with a file, to the last byte.
func (b *bench) fullTmpfs() error {
	top := filepath.Join(b.work, "small")
	must(os.Mkdir(top, 0700))
	if err := syscall.Mount("none", top, "tmpfs", 0, "size=32m"); err != nil {
		fmt.Printf("skip - a small file system: mount: %v\n", err)
		return nil
	}
	b.mounts = append(b.mounts, top)
	defer func() { _ = syscall.Unmount(top, 0) }()
	n := &node{dir: filepath.Join(top, "node")}
	must(copyTree(b.model, n.dir))
	if err := n.start(); err != nil {
		return err
	}
	defer n.kill()
	ballast := filepath.Join(top, "ballast")
	return b.fullAndBack(n, func() error {
		f, err := os.Create(ballast)
		if err != nil {
			return err
		}
		defer f.Close()
		page := make([]byte, 4096)
		for err == nil {
			_, err = f.Write(page)
		}
		return nil
	}, func() error { return os.Remove(ballast) })
}

func limitFiles(pid int, soft uint64) (old uint64, err error) {
	type rlimit struct{ Cur, Max uint64 }
	var was rlimit
	_, _, code := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(pid),
		syscall.RLIMIT_NOFILE, 0, uintptr(unsafe.Pointer(&was)), 0, 0)
	if code != 0 {
		return 0, code
	}
	next := rlimit{soft, was.Max}
	_, _, code = syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(pid),
		syscall.RLIMIT_NOFILE, uintptr(unsafe.Pointer(&next)), 0, 0, 0)
	if code != 0 {
		return 0, code
	}
	return was.Cur, nil
}

// noDescriptors: connections wait or break, the node does not; then it goes on.
func (b *bench) noDescriptors() error {
	n := b.fresh("descriptors")
	defer b.drop(n)
	if err := n.start(); err != nil {
		return err
	}
	defer n.kill()
	p := newPromises()
	w := &worker{n, p}
	if !w.burst("before", 2, 2, 5) {
		return fmt.Errorf("no day before")
	}
	n.closeIdle()
	was, err := limitFiles(n.cmd.Process.Pid, 12)
	if err != nil {
		return err
	}
	for i := 0; i < 20; i++ {
		c := *n.http
		c.Timeout = 200 * time.Millisecond
		_, _, _ = n.send(&c, "http://node/healthz", "GET", "", nil)
	}
	if !n.alive() {
		return fmt.Errorf("it ended: %v", n.state)
	}
	if _, err = limitFiles(n.cmd.Process.Pid, was); err != nil {
		return err
	}
	n.closeIdle()
	ok := until(askBound, func() bool { ok, _, _ := n.ready(); return ok })
	if !ok || !w.burst("again", 2, 2, 5) {
		return fmt.Errorf("it does not go on with descriptors again")
	}
	if err := n.stop(); err != nil {
		return err
	}
	if err := n.check(p, b.vkeys, always); err != nil {
		return err
	}
	b.opened(n)
	return n.stop()
}

// growing writes more than three quarters of the first map of 64 MiB, where it grows, while it is read.
func (b *bench) growing() error {
	n := b.fresh("growing")
	defer b.drop(n)
	if err := n.start(); err != nil {
		return err
	}
	defer n.kill()
	p := newPromises()
	w := &worker{n, p}
	var used float64
	for i := 0; used < 56<<20; i++ {
		if !w.burst(fmt.Sprintf("g%d", i), 4, 4, 1000) {
			return fmt.Errorf("it ended: %v", n.state)
		}
		if len(p.refusals) > 0 {
			return fmt.Errorf("refusals: %v", p.refusals)
		}
		text, err := n.mustGet("/v1/status")
		if err != nil {
			return err
		}
		var st struct{ StoreBytes string }
		if err := json.Unmarshal(text, &st); err != nil {
			return err
		}
		_, _ = fmt.Sscan(st.StoreBytes, &used)
		if i > 40 {
			return fmt.Errorf("%s bytes after %d alarms", st.StoreBytes,
				len(p.alarms))
		}
	}
	if err := n.stop(); err != nil {
		return err
	}
	b.count("receipts", len(p.receipts))
	if err := n.check(p, b.vkeys, always); err != nil {
		return err
	}
	b.opened(n)
	return n.stop()
}
