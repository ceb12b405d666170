// check.go - what must hold after whatever happened to the node.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Go's own ledger library judges, from entries and tiles that the node serves:
// see c2sp.org/tlog-tiles.  The node is asked for nothing that it could know to
// be checked.
const (
	tileHeight  = 8
	tileWidth   = 1 << tileHeight
	proofsEach  = 6 // receipts proved one by one, per check
	resentEach  = 3 // acknowledged alarms sent again, per check
	consistEach = 4 // heads checked by consistency proofs, per check
)

// tree is a log as its entries give it.
type tree struct {
	key    note.Verifier
	size   int64
	root   tlog.Hash
	stored []tlog.Hash
	leaves []tlog.Hash
}

func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		if x < 0 || x >= int64(len(t.stored)) {
			return nil, fmt.Errorf("no stored hash %d", x)
		}
		out[i] = t.stored[x]
	}
	return out, nil
}

func (t *tree) open(text string) (size int64, root tlog.Hash, err error) {
	n, err := note.Open([]byte(text), note.VerifierList(t.key))
	if err != nil {
		return 0, root, err
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) < 4 || lines[0] != t.key.Name() {
		return 0, root, errors.New("not a checkpoint of this log")
	}
	if size, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return 0, root, err
	}
	raw, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(raw) != tlog.HashSize {
		return 0, root, errors.New("not a root")
	}
	copy(root[:], raw)
	return size, root, nil
}

func (n *node) mustGet(path string) ([]byte, error) {
	status, text, err := n.ask("GET", path, nil)
	if err != nil {
		return nil, err
	}
	if status != 200 {
		return nil, fmt.Errorf("%s: status %d: %.300s", path, status, text)
	}
	return text, nil
}

func tilePath(level int, n int64, width int) string {
	path := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		path = fmt.Sprintf("x%03d/%s", n%1000, path)
	}
	if width < tileWidth {
		path += fmt.Sprintf(".p/%d", width)
	}
	if level < 0 {
		return "tile/entries/" + path
	}
	return fmt.Sprintf("tile/%d/%s", level, path)
}

// load reads all entries and holds them against the signed root.
func (n *node) load(log, vkey string) (*tree, error) {
	key, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, err
	}
	t := &tree{key: key}
	text, err := n.mustGet("/" + log + "/1/checkpoint")
	if err != nil {
		return nil, err
	}
	if t.size, t.root, err = t.open(string(text)); err != nil {
		return nil, fmt.Errorf("%s: checkpoint: %v", log, err)
	}
	for at := int64(0); at < t.size; at += tileWidth {
		width := t.size - at
		if width > tileWidth {
			width = tileWidth
		}
		data, err := n.mustGet("/" + log + "/1/" +
			tilePath(-1, at/tileWidth, int(width)))
		if err != nil {
			return nil, err
		}
		for len(data) >= 2 {
			l := int(binary.BigEndian.Uint16(data))
			if len(data) < 2+l {
				return nil, errors.New("an entry is cut off")
			}
			i := int64(len(t.leaves))
			more, err := tlog.StoredHashes(i, data[2:2+l], t)
			if err != nil {
				return nil, err
			}
			t.stored = append(t.stored, more...)
			t.leaves = append(t.leaves, tlog.RecordHash(data[2:2+l]))
			data = data[2+l:]
		}
	}
	root := tlog.Hash(sha256.Sum256(nil))
	if t.size > 0 {
		if root, err = tlog.TreeHash(t.size, t); err != nil {
			return nil, err
		}
	}
	if int64(len(t.leaves)) != t.size || root != t.root {
		return nil, fmt.Errorf("%s: %d entries do not give the signed root of %d",
			log, len(t.leaves), t.size)
	}
	return t, nil
}

// tiles proves from hash tiles alone, as a stranger would.
type tiles struct {
	n   *node
	log string
}

func (t *tiles) Height() int { return tileHeight }
func (t *tiles) ReadTiles(list []tlog.Tile) ([][]byte, error) {
	out := make([][]byte, len(list))
	for i, x := range list {
		var err error
		if out[i], err = t.n.mustGet("/" + t.log + "/1/" +
			tilePath(x.L, x.N, x.W)); err != nil {
			return nil, err
		}
	}
	return out, nil
}
func (t *tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// heads: every checkpoint that was handed out is one of this history.
func (t *tree) heads(n *node, log string, p *promises, upTo uint64) error {
	proved := 0
	for i := len(p.heads) - 1; i >= 0; i-- {
		h := p.heads[i]
		if h.log != log || h.at > upTo {
			continue
		}
		size, root, err := t.open(h.text)
		if err != nil {
			return fmt.Errorf("a checkpoint handed out: %v", err)
		}
		if size > t.size {
			return fmt.Errorf("%s: size %d was signed and handed out, now it is %d",
				log, size, t.size)
		}
		have, err := tlog.TreeHash(size, t)
		if err != nil || have != root {
			return fmt.Errorf("%s: the history of size %d is another now", log, size)
		}
		if proved == consistEach || size == t.size || size == 0 {
			continue
		}
		proved++
		hashes := tlog.TileHashReader(tlog.Tree{N: t.size, Hash: t.root},
			&tiles{n, log})
		proof, err := tlog.ProveTree(t.size, size, hashes)
		if err == nil {
			err = tlog.CheckTree(proof, t.size, t.root, size, root)
		}
		if err != nil {
			return fmt.Errorf("%s: consistency of %d and %d: %v", log, size,
				t.size, err)
		}
	}
	return nil
}

// receipts: every acknowledged entry is where it was said to be, provably.
func (t *tree) receipts(n *node, log string, p *promises, upTo uint64) error {
	proved := 0
	for i := len(p.receipts) - 1; i >= 0; i-- {
		r := p.receipts[i]
		if r.log != log || r.at > upTo {
			continue
		}
		if r.index >= t.size {
			return fmt.Errorf("%s: acknowledged entry %d is lost (size %d)", log,
				r.index, t.size)
		}
		if t.leaves[r.index] != r.leaf {
			return fmt.Errorf("%s: acknowledged entry %d is another", log, r.index)
		}
		if proved < proofsEach {
			proved++
			if err := t.proof(n, log, r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *tree) proof(n *node, log string, r receipt) error {
	text, err := n.mustGet(fmt.Sprintf("/v1/proof/%s/%d", log, r.index))
	if err != nil {
		return err
	}
	halves := strings.SplitN(string(text), "\n\n", 2)
	if len(halves) != 2 {
		return errors.New("proof: no blank line")
	}
	var p tlog.RecordProof
	for _, l := range strings.Split(halves[0], "\n") {
		raw, err := base64.StdEncoding.DecodeString(l)
		if err != nil || len(raw) != tlog.HashSize {
			continue // the format's name, the index
		}
		var h tlog.Hash
		copy(h[:], raw)
		p = append(p, h)
	}
	size, root, err := t.open(halves[1])
	if err == nil {
		err = tlog.CheckRecord(p, size, root, r.index, r.leaf)
	}
	if err != nil {
		return fmt.Errorf("%s: proof of %d: %v", log, r.index, err)
	}
	return nil
}

// ---- records ----

func (n *node) madeThings(p *promises, upTo uint64) error {
	for _, m := range p.made {
		if m.at > upTo {
			continue
		}
		switch m.what {
		case "permit", "certificate":
			if _, err := n.mustGet("/v1/" + m.what + "s/" + m.id); err != nil {
				return fmt.Errorf("acknowledged %s: %v", m.what, err)
			}
		case "token":
			c := &http.Client{Timeout: askBound}
			status, _, err := n.send(c, n.url+"/v1/status", "GET", m.id, nil)
			c.CloseIdleConnections()
			if err != nil || status != 200 {
				return fmt.Errorf("acknowledged token: %d %v", status, err)
			}
		}
	}
	return nil
}

// listed counts the records of a source by their numbers.
func (n *node) listed(source string) (map[int]int, error) {
	text, err := n.mustGet("/v1/alarms?limit=1000&subject=" + source)
	if err != nil {
		return nil, err
	}
	var list struct {
		Items []struct {
			Events []struct {
				Outcome string
				Alarm   struct{ Source, SourceSeq string }
			}
		}
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, err
	}
	count := map[int]int{}
	for _, r := range list.Items {
		for _, e := range r.Events[:1] {
			seq, _ := strconv.Atoi(e.Alarm.SourceSeq)
			count[seq]++
			if e.Outcome != "APPLIED" {
				return nil, fmt.Errorf("%s/%d is %s", source, seq, e.Outcome)
			}
		}
	}
	return count, nil
}

// alarms: what was not answered is sent again, and then is there once; what
// was answered is there already and says so.
func (n *node) alarms(p *promises, upTo uint64) error {
	w := &worker{n, newPromises()}
	sources := map[string][]*alarm{}
	resent := 0
	for i := len(p.alarms) - 1; i >= 0; i-- {
		a := p.alarms[i]
		if a.sent > upTo {
			continue
		}
		acked := a.at != 0 && a.at <= upTo+1
		if acked && resent >= resentEach {
			continue
		}
		copied := *a
		if acked {
			resent++
			copied.at = a.at // must get the same index
		} else {
			copied.at = 0
		}
		if !w.post([]*alarm{&copied}) || copied.refused != 0 {
			return fmt.Errorf("%s/%d sent again: refused with %d", a.source,
				a.seq, copied.refused)
		}
		if upTo == always {
			*a = copied
		}
		sources[a.source] = append(sources[a.source], a)
	}
	for source, list := range sources {
		count, err := n.listed(source)
		if err != nil {
			return err
		}
		for _, a := range list {
			if count[a.seq] != 1 {
				return fmt.Errorf("%s/%d is there %d times", source, a.seq,
					count[a.seq])
			}
		}
	}
	if upTo == always {
		p.receipts = append(p.receipts, w.p.receipts...)
		for _, h := range w.p.heads {
			p.head(h.text, h.at)
		}
	}
	return nil
}

// erased: what was said to be destroyed is.
func (n *node) erased(p *promises, upTo uint64) error {
	for _, m := range p.made {
		if m.what != "erased" || m.at > upTo {
			continue
		}
		text, err := n.mustGet("/v1/cases/" + m.id)
		if err != nil {
			return err
		}
		var r struct{ Events []struct{ Withheld string } }
		if err := json.Unmarshal(text, &r); err != nil {
			return err
		}
		if len(r.Events) == 0 || r.Events[0].Withheld != "ERASED" {
			return fmt.Errorf("case %s was erased and is not: %s", m.id, text)
		}
	}
	dying, _ := filepath.Glob(filepath.Join(n.dir, "own-keys", "*.dying"))
	if len(dying) > 0 {
		return fmt.Errorf("a key that should be gone: %v", dying)
	}
	return nil
}

// always is the time of a check that expects everything.
const always = ^uint64(0) - 1

// check opens the node as after a crash and holds it to its word; the node
// runs afterwards.  upTo: what was promised by that change of the storage.
func (n *node) check(p *promises, vkeys map[string]string, upTo uint64) error {
	if err := n.start(); err != nil {
		return fmt.Errorf("it does not open: %v: %s", err, n.out)
	}
	return n.recheck(p, vkeys, upTo)
}

// recheck holds a running node to its word.
func (n *node) recheck(p *promises, vkeys map[string]string, upTo uint64) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for log, vkey := range vkeys {
		t, err := n.load(log, vkey)
		if err != nil {
			return err
		}
		if err = t.receipts(n, log, p, upTo); err != nil {
			return err
		}
		if err = t.heads(n, log, p, upTo); err != nil {
			return err
		}
	}
	if err := n.madeThings(p, upTo); err != nil {
		return err
	}
	if err := n.erased(p, upTo); err != nil {
		return err
	}
	p.mu.Unlock()
	err := n.alarms(p, upTo)
	p.mu.Lock()
	if err != nil {
		return err
	}
	_, err = n.cli("audit")
	return err
}

func vkeysOf(n *node) (map[string]string, error) {
	out := map[string]string{}
	for _, log := range []string{"evidence", "alliance"} {
		text, err := n.cli("vkey", log)
		if err != nil {
			return nil, err
		}
		out[log] = strings.TrimSpace(string(text))
	}
	return out, nil
}

// copyTree copies a directory of files; sockets are left out.
func copyTree(from, to string) error {
	return filepath.Walk(from, func(path string, st os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		at := to + strings.TrimPrefix(path, from)
		if st.IsDir() {
			return os.MkdirAll(at, 0700)
		}
		if !st.Mode().IsRegular() {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(at, data, st.Mode().Perm())
	})
}
