// crash.go - SIGKILL at storage calls and at random instants.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const chain = 8 // crashes that one directory lives through

// measure counts the storage calls of an undisturbed day; up to ready first.
func (b *bench) measure() (start, all uint64) {
	n := b.fresh("measure")
	defer b.drop(n)
	must(n.start())
	start = get(&n.share.calls)
	w := &worker{n, newPromises()}
	w.day()
	if err := n.wait(stopBound); err != nil {
		panic(fmt.Sprintf("an undisturbed day ends with %v: %s", err, n.out))
	}
	if len(w.p.refusals) > 0 {
		panic(fmt.Sprintf("an undisturbed day has refusals: %v", w.p.refusals))
	}
	if get(&n.share.unknown) != 0 {
		panic("storage is changed in a way that the shim cannot see")
	}
	all = get(&n.share.calls)
	b.count("calls", int(all))
	return start, all
}

// crash: one third at each call in turn, before, after or in the middle of it;
// the same while starting; the rest at random instants.
func (b *bench) crash(kills int) {
	start, all := b.measure()
	kills += kills / 12 // some come too late
	stop := b.offline(kills/6 + 1)
	kills -= stop
	kills -= b.repairs(kills)
	chains := (kills + chain - 1) / chain
	b.spread(chains, func(i int, dice *rand.Rand) {
		n := b.fresh(fmt.Sprintf("crash-%d", i))
		defer b.drop(n)
		p := newPromises()
		for j := 0; j < chain && i*chain+j < kills; j++ {
			k := i*chain + j
			// Strides through the day: all of it once in the long run, a
			// sample of it, another each time, in the short one.
			at := start + 1 + (uint64(b.seed)+uint64(k)*7919)%(all-start)
			if !b.oneCrash(n, p, k, at, start, dice) {
				return
			}
		}
		b.count("receipts", len(p.receipts))
		b.count("heads", len(p.heads))
	})
}

func (b *bench) oneCrash(n *node, p *promises, k int, at, start uint64,
	dice *rand.Rand) bool {
	how := "before"
	// The page keeps its address: the node maps the file anew each time.
	*n.share = share{}
	switch k % 6 {
	case 0, 1:
		n.share.dieBefore = at
	case 2:
		how = "after"
		n.share.dieAfter = at
	case 3:
		how = "within"
		n.share.dieTorn = at
	case 4:
		how, at = "starting, before", 1+uint64(dice.Int63n(int64(start)))
		n.share.dieBefore = at
	case 5:
		how, at = "at a random instant", 0
	}
	where := fmt.Sprintf("kill %d, %s storage call %d", k, how, at)
	w := &worker{n, p}
	err := n.start()
	if err == nil {
		if at == 0 {
			delay := time.Duration(dice.Int63n(int64(250 * time.Millisecond)))
			go func(cmd *exec.Cmd, exited chan struct{}) {
				select {
				case <-exited:
				case <-time.After(delay):
					_ = cmd.Process.Kill()
				}
			}(n.cmd, n.exited)
		}
		w.day()
		err = n.wait(stopBound)
	}
	n.closeIdle()
	if killed(n) {
		b.count("kills", 1)
	} else if err == nil {
		b.count("ran through", 1)
	} else {
		b.finding(n, "%s: it ended by itself: %v", where, err)
		return false
	}
	if len(p.problems) > 0 || len(p.refusals) > 0 {
		b.finding(n, "%s: refusals %v %v", where, p.refusals, p.problems)
		return false
	}
	page := n.share
	n.share = nil
	err = n.check(p, b.vkeys, always)
	if err == nil {
		b.opened(n)
		err = n.stop()
	}
	if err != nil {
		b.finding(n, "%s: %v", where, err)
		n.kill()
	}
	n.share = page
	return err == nil
}

func killed(n *node) bool {
	ws, ok := n.cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && ws.Signaled() && ws.Signal() == syscall.SIGKILL
}

// ---- without a daemon ----

// offline kills the commands that write a directory by themselves.
func (b *bench) offline(kills int) int {
	done := 0
	for at := uint64(1); done < kills; at++ {
		b.initKilled(at)
		b.tokenKilled(at)
		b.rollKilled(at)
		b.compactKilled(at)
		done += 4
		if at > 200 {
			at = 0
		}
	}
	return done
}

func (b *bench) shimEnv(dir, page string) []string {
	return []string{"LD_PRELOAD=" + shim, "FAULT_DIR=" + dir, "FAULT_SHARE=" + page}
}

// initKilled: a node that was not finished is none and says so; what says that
// it is made works.
func (b *bench) initKilled(at uint64) {
	top := filepath.Join(b.work, fmt.Sprintf("init-%d", at))
	must(os.MkdirAll(top, 0700))
	defer os.RemoveAll(top)
	n := &node{dir: filepath.Join(top, "node")}
	page := top + ".share"
	defer os.Remove(page)
	s, err := newShare(page)
	must(err)
	// Spread over all calls of init, about 150.
	s.dieBefore = (at*37 + uint64(b.seed)) % 160
	args := []string{"init", "--name", nodeName, "--role", "plant", "--http",
		"127.0.0.1:0", "--federation", "tcp://127.0.0.1:0"}
	_, err = n.cliWith(b.shimEnv(top, page), args...)
	where := fmt.Sprintf("init killed before storage call %d", s.dieBefore)
	if err == nil {
		b.count("ran through", 1)
	} else {
		b.count("kills", 1)
	}
	if err = b.initAfter(n, args, err == nil); err != nil {
		b.finding(n, "%s: %v", where, err)
	}
	n.kill()
}

// initAfter: init was interrupted (or done).  What it left is a whole node, or
// says that it is not finished and what to do.
func (b *bench) initAfter(n *node, args []string, done bool) error {
	_, err := n.cli(args...)
	if err == nil && done {
		return errors.New("the node that was made is gone")
	}
	if err != nil && strings.Contains(err.Error(), "not finished") {
		if done {
			return err
		}
		must(os.RemoveAll(n.dir))
		_, err = n.cli(args...)
	}
	if err != nil && !strings.Contains(err.Error(), "holds a node already") {
		return err
	}
	if err = n.start(); err != nil {
		return fmt.Errorf("%v: %s", err, n.out)
	}
	b.opened(n)
	_, err = n.cli("audit")
	return err
}

// tokenKilled: a token of a stopped node is there when it was shown.
func (b *bench) tokenKilled(at uint64) {
	n := b.fresh(fmt.Sprintf("token-%d", at))
	defer b.drop(n)
	n.share.dieBefore = (at*5 + uint64(b.seed)) % 30
	secret, err := n.cliWith(b.shimEnv(n.dir, n.sharePath()), "token",
		"create", "--role", "operator")
	where := fmt.Sprintf("token create killed before call %d", n.share.dieBefore)
	p := newPromises()
	if err == nil {
		b.count("ran through", 1)
		p.add("token", strings.TrimSpace(string(secret)), 1)
	} else {
		b.count("kills", 1)
	}
	n.share = nil
	if err = n.check(p, b.vkeys, always); err != nil {
		b.finding(n, "%s: %v", where, err)
	} else {
		b.opened(n)
	}
	n.kill()
}

// rollKilled: a log that was being closed is as before, or goes on in its next
// generation; which one, a second call settles.
func (b *bench) rollKilled(at uint64) {
	n := b.fresh(fmt.Sprintf("roll-%d", at))
	defer b.drop(n)
	n.share.dieBefore = (at*11 + uint64(b.seed)) % 110
	args := []string{"log", "roll", "--log", "evidence", "--reason", "test", "--yes"}
	_, err := n.cliWith(b.shimEnv(n.dir, n.sharePath()), args...)
	where := fmt.Sprintf("log roll killed before call %d", n.share.dieBefore)
	if err == nil {
		b.count("ran through", 1)
	} else {
		b.count("kills", 1)
	}
	n.share = nil
	if err = n.start(); err == nil {
		b.opened(n)
		w := &worker{n, newPromises()}
		list := w.p.number("rolled", 1, 1)
		if !w.post(list) || list[0].at == 0 {
			err = fmt.Errorf("no writes afterwards: %v", w.p.refusals)
		}
	}
	if err == nil {
		_, err = n.cli("audit")
	}
	if err == nil {
		_, err = n.cli(args...)
	}
	if err == nil {
		_, err = n.cli("audit")
	}
	if err != nil {
		b.finding(n, "%s: %v", where, err)
	}
	n.kill()
}

// compactKilled: the store is as before or smaller, and holds the same.
func (b *bench) compactKilled(at uint64) {
	n := b.fresh(fmt.Sprintf("compact-%d", at))
	defer b.drop(n)
	n.share.dieBefore = (at*7 + uint64(b.seed)) % 90
	_, err := n.cliWith(b.shimEnv(n.dir, n.sharePath()), "compact")
	where := fmt.Sprintf("compact killed before call %d", n.share.dieBefore)
	if err == nil {
		b.count("ran through", 1)
	} else {
		b.count("kills", 1)
	}
	n.share = nil
	p := newPromises()
	if err = n.start(); err == nil {
		b.opened(n)
		w := &worker{n, p}
		list := p.number("compacted", 1, 1)
		if !w.post(list) || list[0].at == 0 {
			err = fmt.Errorf("no writes afterwards: %v", p.refusals)
		}
	}
	if err == nil {
		n.kill()
		err = n.check(p, b.vkeys, always)
	}
	if err != nil {
		b.finding(n, "%s: %v", where, err)
	}
	n.kill()
}
