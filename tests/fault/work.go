// work.go - a day at a plant, and what the node promised in it.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// receipt is an acknowledged entry; at: changes of the storage by then.
type receipt struct {
	log   string // "evidence"
	index int64
	leaf  tlog.Hash
	at    uint64
}

// signed is a checkpoint that somebody was given.
type signed struct {
	log  string
	text string
	at   uint64
}

// alarm is one message of a machine.
type alarm struct {
	source  string
	seq     int
	sent    uint64
	at      uint64 // acknowledged by then; 0: no answer
	index   int64
	record  string
	refused int // status of a refusal
}

// made is something else that was acknowledged.
type made struct {
	what string // "permit", "certificate", "token", "erased", "event"
	id   string
	at   uint64
}

// promises is all that a node said, over its whole life.
type promises struct {
	mu       sync.Mutex
	receipts []receipt
	heads    []signed
	seen     map[string]bool // heads
	alarms   []*alarm
	made     []made
	refusals map[int]int // answers that were neither 2xx nor a broken line
	problems []string    // refusals without a proper problem
	round    int
}

func newPromises() *promises {
	return &promises{seen: map[string]bool{}, refusals: map[int]int{}}
}

// caught makes a problem of a panic.
func (p *promises) caught() {
	if r := recover(); r != nil {
		p.mu.Lock()
		p.problems = append(p.problems, fmt.Sprint(r))
		p.mu.Unlock()
	}
}

func (p *promises) head(text string, at uint64) {
	log := "evidence"
	if strings.Contains(strings.SplitN(text, "\n", 2)[0], "/alliance/") {
		log = "alliance"
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if text == "" || p.seen[text] {
		return
	}
	p.seen[text] = true
	p.heads = append(p.heads, signed{log, text, at})
}

// answer is a receipt in JSON.
type answer struct {
	RecordID   string `json:"recordId"`
	Outcome    string `json:"outcome"`
	Duplicate  bool   `json:"duplicate"`
	Origin     string `json:"origin"`
	LeafIndex  string `json:"leafIndex"`
	LeafHash   string `json:"leafHash"`
	Checkpoint string `json:"checkpoint"`
	Code       string `json:"code"` // of a refused item
}

func (p *promises) receipt(a *answer, checkpoint string, at uint64) (int64, error) {
	index, err := strconv.ParseInt(a.LeafIndex, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("leafIndex %q", a.LeafIndex)
	}
	raw, err := base64.StdEncoding.DecodeString(a.LeafHash)
	if err != nil || len(raw) != tlog.HashSize {
		return 0, fmt.Errorf("leafHash %q", a.LeafHash)
	}
	r := receipt{log: "evidence", index: index, at: at}
	if strings.Contains(a.Origin, "/alliance/") {
		r.log = "alliance"
	}
	copy(r.leaf[:], raw)
	if a.Checkpoint != "" {
		checkpoint = a.Checkpoint
	}
	if checkpoint == "" {
		return 0, fmt.Errorf("a receipt without a checkpoint")
	}
	p.mu.Lock()
	p.receipts = append(p.receipts, r)
	p.mu.Unlock()
	p.head(checkpoint, at)
	return index, nil
}

func (p *promises) add(what, id string, at uint64) {
	p.mu.Lock()
	p.made = append(p.made, made{what, id, at})
	p.mu.Unlock()
}

// refused notes a status, and whether the problem is one a person can use.
func (p *promises) refused(status int, body []byte) {
	var problem struct{ Type, Code, Title, Detail, DetailZh string }

	p.mu.Lock()
	defer p.mu.Unlock()
	p.refusals[status]++
	err := json.Unmarshal(body, &problem)
	if err != nil || problem.Type == "" || problem.Detail == "" {
		p.problems = append(p.problems, fmt.Sprintf("%d: %.200s", status, body))
	}
	if status == 507 && (problem.DetailZh == "" || problem.Code != "STORAGE_FULL") {
		p.problems = append(p.problems, fmt.Sprintf("507: %.400s", body))
	}
}

// ---- asking ----

// worker is one who talks to a node and notes what it promises.
type worker struct {
	n *node
	p *promises
}

func (w *worker) now() uint64 {
	if w.n.share == nil {
		return 0
	}
	return get(&w.n.share.records)
}

func body(source string, seq int) map[string]interface{} {
	return map[string]interface{}{
		"source": source, "sourceSeq": strconv.Itoa(seq), "level": 2,
		"kind": "gas", "area": "tank-farm-2", "title": "LEL high",
		"value": 12.5, "unit": "%LEL",
		"occurredAt": "2026-11-22T02:50:00Z",
	}
}

// post sends alarms; false: the line broke.  Refusals are noted.
func (w *worker) post(list []*alarm) bool {
	var in interface{}
	var items []map[string]interface{}
	for _, a := range list {
		items = append(items, body(a.source, a.seq))
		if a.sent == 0 {
			a.sent = w.now()
		}
	}
	if in = items; len(items) == 1 {
		in = items[0]
	}
	status, text, err := w.n.ask("POST", "/v1/alarms", in)
	at := w.now()
	if err != nil {
		return false
	}
	if status != 201 && status != 200 {
		w.p.refused(status, text)
		for _, a := range list {
			a.refused = status
		}
		return true
	}
	var many struct {
		Items      []answer
		Checkpoint string
	}
	if len(list) == 1 {
		many.Items = make([]answer, 1)
		err = json.Unmarshal(text, &many.Items[0])
	} else {
		err = json.Unmarshal(text, &many)
	}
	if err != nil || len(many.Items) != len(list) {
		panic(fmt.Sprintf("answer to %d alarms: %s", len(list), text))
	}
	for i, a := range list {
		if many.Items[i].LeafIndex == "" {
			a.refused = status
			continue
		}
		index, err := w.p.receipt(&many.Items[i], many.Checkpoint, at)
		if err != nil {
			panic(err)
		}
		if a.at != 0 && index != a.index {
			panic(fmt.Sprintf("%s/%d is entry %d and entry %d",
				a.source, a.seq, a.index, index))
		}
		a.at, a.index, a.refused = at+1, index, 0
		a.record = many.Items[i].RecordID
	}
	return true
}

func (p *promises) number(source string, from, n int) []*alarm {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []*alarm
	for i := 0; i < n; i++ {
		a := &alarm{source: source, seq: from + i}
		list = append(list, a)
		p.alarms = append(p.alarms, a)
	}
	return list
}

// write is any other operation; its receipt is kept.
func (w *worker) write(what, path string, in interface{}) (a answer, ok bool) {
	status, text, err := w.n.ask("POST", path, in)
	at := w.now()
	if err != nil {
		return a, false
	}
	if status/100 != 2 {
		w.p.refused(status, text)
		return a, w.n.alive()
	}
	if err := json.Unmarshal(text, &a); err != nil {
		panic(fmt.Sprintf("%s: %v: %s", what, err, text))
	}
	if a.LeafIndex != "" {
		if _, err := w.p.receipt(&a, "", at); err != nil {
			panic(fmt.Sprintf("%s: %v: %s", what, err, text))
		}
		w.p.add(what, a.RecordID, at+1)
	}
	return a, true
}

// command is an operation by the command line, signed by a person.
func (w *worker) command(what string, args ...string) (id string, ok bool) {
	text, err := w.n.cli(append(args, "--json")...)
	at := w.now()
	var a answer
	if err != nil {
		// It cannot know either whether a node that died had done it.
		return "", w.n.alive()
	}
	if err := json.Unmarshal(text, &a); err != nil || a.LeafIndex == "" {
		panic(fmt.Sprintf("%v: %v: %s", args, err, text))
	}
	if _, err := w.p.receipt(&a, "", at); err != nil {
		panic(err)
	}
	w.p.add(what, a.RecordID, at+1)
	return a.RecordID, true
}

func uuid7() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b)
	ms := time.Now().UnixMilli()
	for i := 0; i < 6; i++ {
		b[i] = byte(ms >> (8 * (5 - i)))
	}
	b[6], b[8] = b[6]&15|0x70, b[8]&63|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// prepare enrols the people of the day; the node is healthy.
func prepare(n *node) error {
	for _, who := range []string{"li:applicant", "sun:gas-analyst"} {
		f := strings.Split(who, ":")
		if _, err := n.cli("actor", "add", f[0], "--role", f[1]); err != nil {
			return err
		}
	}
	_, err := n.cli("cert", "issue", "--holder", "chen", "--class", "welding",
		"--to", "365d", "--review", "300d")
	return err
}

// burst is many sources at once, and somebody who keeps the checkpoints.
func (w *worker) burst(name string, threads, rounds, size int) bool {
	var all sync.WaitGroup
	var watch sync.WaitGroup
	stop := make(chan struct{})
	good := make([]bool, threads)
	watch.Add(1)
	go func() {
		defer watch.Done()
		for w.poll() {
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}()
	for t := 0; t < threads; t++ {
		all.Add(1)
		go func(t int) {
			defer all.Done()
			defer w.p.caught()
			for i := 0; i < rounds; i++ {
				list := w.p.number(fmt.Sprintf("%s-%d", name, t), i*size+1, size)
				if !w.post(list) {
					return
				}
			}
			good[t] = true
		}(t)
	}
	all.Wait()
	close(stop)
	watch.Wait()
	for _, g := range good {
		if !g {
			return false
		}
	}
	return true
}

func (w *worker) poll() bool {
	for _, log := range []string{"evidence", "alliance"} {
		status, text, err := w.n.ask("GET", "/"+log+"/1/checkpoint", nil)
		if err != nil {
			return false
		}
		if status == 200 {
			w.p.head(string(text), w.now())
		}
	}
	return true
}

// office is what people do.
func (w *worker) office() bool {
	id, ok := w.command("permit", "permit", "apply", "--level", "1", "--area",
		"yard", "--worker", "chen", "--guardian", "zhao", "--location", "here",
		"--content", "welding", "--unit", "maintenance", "--actor", "li")
	if !ok {
		return false
	}
	if id != "" {
		if _, ok = w.command("permit", "permit", "gas-test", id, "--gas",
			"methane=0.1:5", "--actor", "sun"); !ok {
			return false
		}
	}
	_, ok = w.command("certificate", "cert", "issue", "--holder", "wu",
		"--class", "height", "--to", "365d", "--review", "300d")
	return ok
}

// erase destroys the body of a case of its own: no law sets its term.
func (w *worker) erase(name string) bool {
	a, ok := w.write("event", "/v1/cases", map[string]string{
		"source": name, "sourceSeq": "1", "action": "REPORT",
		"type": "near-miss", "description": "a flange weeps",
		"occurredAt": "2026-11-22T02:51:00Z"})
	if !ok {
		return false
	}
	if a.LeafIndex == "" {
		return true
	}
	in := map[string]interface{}{"index": a.LeafIndex, "reason": "test"}
	status, text, err := w.n.ask("POST", "/v1/erasures", in)
	at := w.now()
	if err != nil {
		return false
	}
	if status/100 != 2 {
		w.p.refused(status, text)
		return true
	}
	w.p.add("erased", a.RecordID, at+1)
	return true
}

func (w *worker) token() bool {
	status, text, err := w.n.ask("POST", "/v1/tokens",
		map[string]interface{}{"role": "operator"})
	at := w.now()
	if err != nil {
		return false
	}
	if status/100 != 2 {
		w.p.refused(status, text)
		return true
	}
	var t struct{ Secret string }
	if err := json.Unmarshal(text, &t); err != nil || t.Secret == "" {
		panic(fmt.Sprintf("token: %s", text))
	}
	w.p.add("token", t.Secret, at+1)
	return true
}

// day does everything once; it ends early when the node does.
func (w *worker) day() {
	if w.workday() {
		_ = w.n.cmd.Process.Signal(syscall.SIGTERM)
	}
}

func (w *worker) workday() bool {
	w.p.round++
	name := fmt.Sprintf("d%d", w.p.round)
	one := w.p.number(name+"-one", 1, 3)
	for i := range one {
		if !w.post(one[i : i+1]) {
			return false
		}
	}
	if !w.post(w.p.number(name+"-array", 1, 6)) ||
		!w.burst(name+"-burst", 4, 3, 2) || !w.erase(name+"-erase") ||
		!w.office() || !w.token() {
		return false
	}
	_ = w.n.cmd.Process.Signal(syscall.SIGHUP)
	return w.post(w.p.number(name+"-late", 1, 1))
}
