// repair.go - SIGKILL at each storage call of a repair.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
)

const (
	page      = 4096
	hurtTries = 400  // pages looked at for one that costs no entry
	wholeFrom = 1000 // so many kills: a repair is killed at each of its calls
)

// hurt is a stopped node with a damaged store, and what it has promised.
type hurt struct {
	dir   string
	p     *promises
	calls uint64 // of an undisturbed repair
}

func repairArgs() []string {
	return []string{"repair", "--yes", "--wait", "0", "--json"}
}

// makeHurt flips a bit of a page that a repair mends without anybody's help:
// one of node hashes or tables.
func (b *bench) makeHurt(dice *rand.Rand) *hurt {
	h := &hurt{dir: filepath.Join(b.work, "hurt"), p: newPromises()}
	n := b.fresh("hurt")
	n.share = nil
	must(n.start())
	w := &worker{n, h.p}
	for i := 0; i < 20; i++ {
		w.post(h.p.number("hurt", 1+10*i, 10))
	}
	must(n.stop())
	file := filepath.Join(h.dir, "own", "data.mdb")
	whole, err := os.ReadFile(file)
	must(err)
	for i := 0; i < hurtTries; i++ {
		at := (2 + dice.Intn(len(whole)/page-2)) * page
		bad := append([]byte(nil), whole...)
		bad[at+page-1-dice.Intn(page/4)] ^= 64
		must(os.WriteFile(file, bad, 0600))
		if h.calls = b.mends(h); h.calls > 0 {
			return h
		}
	}
	panic("no page of this store can be damaged and mended by itself")
}

// mends counts the calls of a repair that loses nothing; 0: it is none.
func (b *bench) mends(h *hurt) uint64 {
	n := b.hurtCopy(h, "hurt-tried")
	defer b.drop(n)
	out, err := n.cliWith(b.shimEnv(n.dir, n.sharePath()), repairArgs()...)
	if err != nil || !strings.Contains(string(out), `"KEPT"`) ||
		strings.Contains(string(out), `"LOST"`) {
		return 0
	}
	return get(&n.share.calls)
}

func (b *bench) hurtCopy(h *hurt, name string) *node {
	n := &node{dir: filepath.Join(b.work, name)}
	must(copyTree(h.dir, n.dir))
	var err error
	n.share, err = newShare(n.sharePath())
	must(err)
	return n
}

// repairs kills repairs: at each call in the long run, at some in the short.
func (b *bench) repairs(kills int) int {
	h := b.makeHurt(rand.New(rand.NewSource(b.seed)))
	all := kills/12 + 1
	if kills >= wholeFrom {
		all = int(h.calls)
	}
	b.spread(all, func(i int, dice *rand.Rand) {
		at := uint64(i) + 1
		if all < int(h.calls) {
			at = 1 + uint64(dice.Int63n(int64(h.calls)))
		}
		b.repairKilled(h, i, at)
	})
	return all
}

// given is what was promised so far; each copy of the node goes on by itself.
func (p *promises) given() *promises {
	out := newPromises()
	out.receipts = append(out.receipts, p.receipts...)
	out.heads = append(out.heads, p.heads...)
	for _, a := range p.alarms {
		same := *a
		out.alarms = append(out.alarms, &same)
	}
	return out
}

// repairKilled: the store is the old one or the new one, and the next repair
// makes it what it was.
func (b *bench) repairKilled(h *hurt, i int, at uint64) {
	n := b.hurtCopy(h, fmt.Sprintf("repair-%d", i))
	defer b.drop(n)
	if i%3 == 2 {
		n.share.dieAfter = at
	} else {
		n.share.dieBefore = at
	}
	_, err := n.cliWith(b.shimEnv(n.dir, n.sharePath()), repairArgs()...)
	where := fmt.Sprintf("repair killed at storage call %d of %d", at, h.calls)
	if err == nil {
		b.count("ran through", 1)
	} else {
		b.count("kills", 1)
	}
	page := n.share
	n.share = nil
	if _, err = n.cli(repairArgs()...); err == nil {
		err = tidy(n.dir)
	}
	if err == nil {
		err = n.check(h.p.given(), b.vkeys, always)
	}
	if err != nil {
		b.finding(n, "%s: %v", where, err)
	} else {
		b.opened(n)
	}
	n.kill()
	n.share = page
}

// tidy: the damaged store is kept beside the new one, and nothing else is left
// but, when the kill came between the mark and the exchange, the first copy.
func tidy(dir string) error {
	for _, name := range []string{"own.repair", "own.repair-refold"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return fmt.Errorf("%s is left over", name)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "own.damaged-1")); err != nil {
		return fmt.Errorf("what was damaged is not kept: %v", err)
	}
	return nil
}
