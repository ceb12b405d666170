// retain.go - what ends, is held or waits, over kills, power losses, failing calls.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"time"
)

const (
	lived       = 8 * 366 * 86400 // seconds; longer than any term
	batchAlarms = 130             // more than one command ends
	clearers    = 16              // at once
	settleBound = 60 * time.Second
)

// aged is a stopped node whose terms are all over and which one hold keeps from
// ending anything: released, it ends what is due, in batches.
type aged struct {
	dir     string
	clock   string
	wide    string   // the hold
	held    string   // an alarm that another hold keeps
	ends    []string // alarms; the last is one that somebody asked to erase
	secrets string   // of what must be gone (build/hunt)
	calls   uint64   // from the start until all is done
	disk    *disk    // as it was before that,
	changes []change // and what that changed
}

func (a *aged) env() []string {
	return []string{"LD_PRELOAD=" + wallclock, "TURN_FILE=" + a.clock}
}

func (a *aged) turn(seconds int) {
	line := fmt.Sprintf("%-63s\n", fmt.Sprintf("+ %d yes %d", seconds, seconds))
	f, err := os.OpenFile(a.clock, os.O_WRONLY|os.O_CREATE, 0600)
	must(err)
	_, err = f.WriteAt([]byte(line), 0)
	must(err)
	must(f.Close())
}

// closed raises and clears alarms of a kind; their records.  At once, so that
// they share commits.
func closed(n *node, kind string, from, count int) (ids []string) {
	var raised []map[string]interface{}
	for i := 0; i < count; i++ {
		one := body("aged", from+i)
		one["level"] = 3 // no incident, which would need it
		one["kind"], one["title"] = kind, fmt.Sprintf("marker-%s-%d", kind, i)
		one["occurredAt"] = time.Now().UTC().Format(time.RFC3339)
		raised = append(raised, one)
	}
	status, text, err := n.ask("POST", "/v1/alarms", raised)
	var all struct{ Items []answer }
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil || status/100 != 2 || len(all.Items) != count {
		panic(fmt.Sprintf("no alarms: %d %s %v", status, text, err))
	}
	for _, a := range all.Items {
		ids = append(ids, a.RecordID)
	}
	failed := make(chan string, count)
	turns := make(chan string)
	for i := 0; i < clearers; i++ {
		go func() {
			for id := range turns {
				status, text, err := n.ask("POST", "/v1/alarms/"+id+"/events",
					map[string]interface{}{"alarm": map[string]string{"action": "CLEAR"}})
				if err != nil || status/100 != 2 {
					failed <- fmt.Sprintf("not cleared: %d %s %v", status, text, err)
					continue
				}
				failed <- ""
			}
		}()
	}
	go func() {
		for _, id := range ids {
			turns <- id
		}
		close(turns)
	}()
	for range ids {
		if why := <-failed; why != "" {
			panic(why)
		}
	}
	return ids
}

func (n *node) must(args ...string) string {
	text, err := n.cli(append(args, "--json")...)
	must(err)
	var a answer
	must(json.Unmarshal(text, &a))
	return a.RecordID
}

func (b *bench) makeAged() *aged {
	a := &aged{dir: filepath.Join(b.work, "aged"), clock: filepath.Join(b.work, "aged.clock"),
		secrets: filepath.Join(b.work, "aged.secrets")}
	a.turn(0)
	n := b.fresh("aged")
	n.share, n.clock = nil, a.clock
	must(n.start())
	_, err := n.cli("actor", "add", "lin", "--role", "legal")
	must(err)
	a.ends = closed(n, "gas", 1, batchAlarms)
	a.held = closed(n, "gas", 1001, 1)[0]
	asked := closed(n, "position", 2001, 1)[0]
	n.must("hold", "place", "--record", a.held, "--reason", "case", "--actor", "lin")
	lifted := n.must("hold", "place", "--record", a.ends[0], "--reason", "case", "--actor", "lin")
	n.must("hold", "release", lifted, "--reason", "settled", "--actor", "lin")
	status, text, err := n.ask("POST", "/v1/erasures", map[string]string{
		"index": n.view(asked).Events[0].Place.Index, "reason": "PIPL 47"})
	if err != nil || status != 202 {
		panic(fmt.Sprintf("an erasure that waits: %d %s %v", status, text, err))
	}
	a.ends = append(a.ends, asked)
	args := []string{"secrets", filepath.Join(a.dir, "own"), filepath.Join(a.dir, "own-keys"),
		nodeName + "/evidence/1"}
	for _, id := range []string{a.ends[0], a.ends[batchAlarms/2], a.ends[batchAlarms-1]} {
		args = append(args, n.view(id).Events[0].Place.Index)
	}
	a.wide = n.must("hold", "place", "--kind", "ALARM", "--area", "tank-farm-2", "--reason",
		"wide", "--actor", "lin")
	a.turn(lived)
	closed(n, "fire", 3001, 1) // young, and says what time it is
	must(n.stop())
	out, err := exec.Command(filepath.Join(build, "hunt"), args...).Output()
	must(err)
	must(os.WriteFile(a.secrets, out, 0600))
	n = b.agedCopy(a, "aged-tried")
	defer b.drop(n)
	n.record = filepath.Join(b.work, "record-retain")
	a.disk, err = newDisk(n.dir)
	must(err)
	must(n.start())
	must(a.settle(n))
	must(n.stop())
	a.calls = get(&n.share.calls)
	if get(&n.share.unknown) != 0 {
		panic("storage is changed in a way that the shim cannot see")
	}
	a.changes, err = changes(n.record)
	must(err)
	if uint64(len(a.changes)) != get(&n.share.records) {
		panic("the record is not whole")
	}
	_ = os.Remove(n.record)
	page := n.share
	n.share, n.record = nil, ""
	must(a.check(b, n))
	n.kill()
	n.share = page
	return a
}

func (b *bench) agedCopy(a *aged, name string) *node {
	n := &node{dir: filepath.Join(b.work, name), clock: a.clock}
	must(copyTree(a.dir, n.dir))
	var err error
	n.share, err = newShare(n.sharePath())
	must(err)
	return n
}

// ---- asking ----

type eventView struct {
	Place    struct{ Index string }
	Withheld string
	Expired  string
	Alarm    struct{ Title string }
}

type recordView struct{ Events []eventView }

func (n *node) view(id string) (v recordView) {
	status, text, err := n.ask("GET", "/v1/alarms/"+id, nil)
	if err == nil && status == 200 {
		err = json.Unmarshal(text, &v)
	}
	if err != nil || len(v.Events) == 0 {
		panic(fmt.Sprintf("alarm %s: %d %v %s", id, status, err, text))
	}
	return v
}

// settle releases the wide hold and waits until nothing is due any more, or the
// node is gone.
func (a *aged) settle(n *node) error {
	late := time.Now().Add(settleBound)
	for n.alive() && time.Now().Before(late) {
		_, _ = n.cliWith(a.env(), "hold", "release", a.wide, "--reason", "go", "--actor", "lin")
		status, text, err := n.ask("GET", "/v1/retention", nil)
		var r struct {
			Due     []struct{ Records string }
			Waiting []struct{ RecordID string }
			Holds   string
		}
		if err == nil && status == 200 && json.Unmarshal(text, &r) == nil {
			left := len(r.Waiting)
			for _, d := range r.Due {
				if d.Records != "0" && d.Records != "" {
					left++
				}
			}
			if left == 0 && r.Holds == "1" {
				return nil
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	if n.alive() {
		return fmt.Errorf("not all that is due ends: %s", n.out)
	}
	return nil
}

// ---- what must hold afterwards ----

// check: what is held is there, the rest is gone for good, and said once.
func (a *aged) check(b *bench, n *node) error {
	if err := n.start(); err != nil {
		return fmt.Errorf("%v: %s", err, n.out)
	}
	b.opened(n)
	if err := a.settle(n); err != nil {
		return err
	}
	if e := n.view(a.held).Events[0]; e.Withheld != "" || e.Alarm.Title == "" {
		return fmt.Errorf("what is held: %+v", e)
	}
	for _, id := range a.ends {
		if e := n.view(id).Events[0]; e.Withheld != "ERASED" {
			return fmt.Errorf("%s is still there: %+v", id, e)
		}
	}
	if err := a.once(n); err != nil {
		return err
	}
	if err := n.stop(); err != nil {
		return fmt.Errorf("it does not stop: %v", err)
	}
	if _, err := n.cli("audit"); err != nil {
		return err
	}
	hunt := filepath.Join(build, "hunt")
	for _, args := range [][]string{
		{"look", a.secrets, filepath.Join(n.dir, "own"), filepath.Join(n.dir, "own-keys")},
		{"unwrap", a.secrets, filepath.Join(n.dir, "own-keys"), filepath.Join(n.dir, "own")},
		{"unwrap", a.secrets, filepath.Join(n.dir, "own-keys"), filepath.Join(a.dir, "own")},
	} {
		if out, err := exec.Command(hunt, args...).CombinedOutput(); err != nil {
			return fmt.Errorf("hunt %s: %s", args[0], out)
		}
	}
	return nil
}

// once: no ERASURE entry names what another one named.
func (a *aged) once(n *node) error {
	file := n.dir + ".lfb"
	defer os.Remove(file)
	if _, err := n.cliWith(a.env(), "bundle", "--kind", "erasure", "--from", "-3650d", "--to",
		"1m", "-o", file); err != nil {
		return err
	}
	z, err := zip.OpenReader(file)
	if err != nil {
		return err
	}
	defer z.Close()
	var named []string
	for _, f := range z.File {
		if !strings.HasPrefix(f.Name, "records/") {
			continue
		}
		in, err := f.Open()
		if err != nil {
			return err
		}
		text, err := io.ReadAll(in)
		in.Close()
		if err != nil {
			return err
		}
		var r struct {
			Shown struct {
				Erasure struct {
					Index string
					More  []string
				}
			}
		}
		if err := json.Unmarshal(text, &r); err != nil {
			return err
		}
		if e := r.Shown.Erasure; e.Index != "" {
			named = append(append(named, e.Index), e.More...)
		}
	}
	sort.Strings(named)
	for i := 1; i < len(named); i++ {
		if named[i] == named[i-1] {
			return fmt.Errorf("entry %s is erased twice", named[i])
		}
	}
	// Raised and cleared; of what was asked for the first alone.
	if want := 2*batchAlarms + 1; len(named) < want {
		return fmt.Errorf("%d entries are said to be erased, not %d", len(named), want)
	}
	return nil
}

// retain: kills, failing calls and power losses while a node ends what is due.
func (b *bench) retain(kills, faults, images int) {
	a := b.makeAged()
	b.retainKills(a, kills)
	b.retainFaults(a, faults)
	b.retainPower(a, images)
}

func (b *bench) retainKills(a *aged, kills int) {
	b.spread(kills, func(i int, dice *rand.Rand) {
		n := b.agedCopy(a, fmt.Sprintf("retain-%d", i))
		defer b.drop(n)
		at := 1 + (uint64(b.seed)+uint64(i)*7919)%a.calls
		switch i % 3 {
		case 0:
			n.share.dieBefore = at
		case 1:
			n.share.dieAfter = at
		default:
			n.share.dieTorn = at
		}
		b.count("kills", 1)
		b.retainAfter(a, n, fmt.Sprintf("ending killed at storage call %d of %d", at, a.calls))
	})
}

// retainFaults lets calls fail meanwhile.
func (b *bench) retainFaults(a *aged, want int) {
	b.spread(want, func(i int, dice *rand.Rand) {
		n := b.agedCopy(a, fmt.Sprintf("retain-%d", i))
		defer b.drop(n)
		f := faults[i%len(faults)]
		at := 1 + uint64(dice.Int63n(int64(a.calls)))
		n.share.failing(f.classes, f.code, at, 1)
		b.count("faults", 1)
		b.retainAfter(a, n, fmt.Sprintf("%s at storage call %d of %d while ending", f.name, at,
			a.calls))
	})
}

// retainAfter runs it until it is done, gone or halted; then a healthy node must
// find everything right, or make it so.
func (b *bench) retainAfter(a *aged, n *node, where string) {
	if n.start() == nil {
		end := time.After(10 * time.Second)
		done := make(chan error, 1)
		go func() {
			defer func() { _ = recover() }()
			done <- a.settle(n)
		}()
		select {
		case <-n.exited:
		case <-done:
		case <-end:
		}
		n.kill()
	}
	page := n.share
	n.share = nil
	if err := a.check(b, n); err != nil {
		b.finding(n, "%s: %v", where, err)
	}
	n.kill()
	n.share = page
}

// retainPower cuts the power between changes of the run that was tried.
func (b *bench) retainPower(a *aged, images int) {
	b.images(a.disk, a.changes, images, func(at *node, after int) error {
		at.clock = a.clock
		defer at.kill()
		return a.check(b, at)
	})
}
