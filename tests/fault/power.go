// power.go - disks as a power loss may leave them, opened and checked.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
)

const powerDays = 2 // in one recording

// point is a disk to build: after so many changes, in this way.
type point struct {
	after int
	way   string
	i     int
}

// power records undisturbed days, then cuts the power between any two changes.
func (b *bench) power(images int) {
	b.powerInit(images/4 + 1)
	n := b.fresh("power")
	defer b.drop(n)
	n.record = filepath.Join(b.work, "record")
	d, err := newDisk(n.dir)
	must(err)
	p := newPromises()
	for i := 0; i < powerDays; i++ {
		must(n.start())
		w := &worker{n, p}
		// Enough for the store to put its own file in order meanwhile.
		if i > 0 {
			w.burst("bulk", 4, 6, 40)
		}
		w.day()
		if err := n.wait(stopBound); err != nil || len(p.refusals) > 0 {
			panic(fmt.Sprintf("an undisturbed day: %v %v", err, p.refusals))
		}
	}
	if get(&n.share.unknown) != 0 {
		panic("storage is changed in a way that the shim cannot see")
	}
	b.count("receipts", len(p.receipts))
	b.count("heads", len(p.heads))
	list, err := changes(n.record)
	must(err)
	if uint64(len(list)) != get(&n.share.records) {
		panic("the record is not whole")
	}
	b.count("calls", len(list))
	b.images(d, list, images, func(at *node, after int) error {
		defer at.kill()
		err := at.check(p, b.vkeys, uint64(after))
		if err == nil {
			b.opened(at)
		}
		return err
	})
	if err := d.same(); err != nil {
		b.finding(nil, "the record misses something: %v", err)
	}
	_ = os.Remove(n.record)
}

// images builds and judges them, oldest first; `want` 0: all there are.
func (b *bench) images(d *disk, list []change, want int,
	judge func(n *node, after int) error) {
	dice := rand.New(rand.NewSource(b.seed))
	var plan []point
	for after := 1; after <= len(list); after++ {
		for _, way := range ways {
			plan = append(plan, point{after, way, len(plan)})
		}
	}
	if want > 0 && want < len(plan) {
		dice.Shuffle(len(plan), func(i, j int) { plan[i], plan[j] = plan[j], plan[i] })
		plan = plan[:want]
	}
	byTime := map[int][]point{}
	for _, x := range plan {
		byTime[x.after] = append(byTime[x.after], x)
	}
	for i := range list {
		must(d.apply(&list[i]))
		here := byTime[i+1]
		if len(here) == 0 {
			continue
		}
		// Built one after the other from the one model, judged together.
		var nodes []*node
		var tops []string
		for _, x := range here {
			at := &node{dir: filepath.Join(b.work, fmt.Sprintf("image-%d", x.i))}
			must(d.image(at.dir, x.way, rand.New(rand.NewSource(b.seed+int64(x.i)))))
			nodes, tops = append(nodes, at), append(tops, at.dir)
		}
		b.spread(len(here), func(k int, _ *rand.Rand) {
			b.count("images", 1)
			if err := judge(nodes[k], here[k].after); err != nil {
				c := list[here[k].after-1]
				b.finding(nodes[k], "power lost after change %d (op %d %s %s), "+
					"%s survived: %v", here[k].after, c.op, c.path, c.other,
					here[k].way, err)
			}
			if !b.keep {
				_ = os.RemoveAll(tops[k])
			}
		})
	}
}

// powerInit: a node that was said to be made is there, whatever happens.
func (b *bench) powerInit(images int) {
	top := filepath.Join(b.work, "init")
	must(os.MkdirAll(top, 0700))
	n := &node{dir: filepath.Join(top, "node")}
	s, err := newShare(top + ".share")
	must(err)
	record := filepath.Join(b.work, "record-init")
	d, err := newDisk(top)
	must(err)
	args := []string{"init", "--name", nodeName, "--role", "plant", "--http",
		"127.0.0.1:0", "--federation", "tcp://127.0.0.1:0"}
	_, err = n.cliWith(append(b.shimEnv(top, top+".share"),
		"FAULT_RECORD="+record), args...)
	must(err)
	list, err := changes(record)
	must(err)
	if uint64(len(list)) != get(&s.records) || get(&s.unknown) != 0 {
		panic("the record is not whole")
	}
	b.images(d, list, images, func(at *node, after int) error {
		defer at.kill()
		at.dir = filepath.Join(at.dir, "node")
		return b.initAfter(at, args, after == len(list))
	})
	if err := d.same(); err != nil {
		b.finding(nil, "the record misses something: %v", err)
	}
}
