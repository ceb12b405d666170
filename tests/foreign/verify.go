// verify.go - checks a node's log over HTTP with Go's own ledger library.
// SPDX-License-Identifier: Apache-2.0

// Shares no code with Lianfang: it knows the C2SP formats and what
// golang.org/x/mod/sumdb/{note,tlog} does.
//
//	foreign -url http://127.0.0.1:8420 -vkey "$(lianfang vkey evidence)" \
//	    -token TOKEN [-state FILE] [-proofs 32]
//	foreign -url ... -vkey "$(lianfang vkey identity)" -status INDEX [-at UNIXTIME]
//	foreign -url ... -vkey "$(lianfang vkey witness)" -skey FILE -size N [-old M] [-salt S]
//	foreign -selftest
//
// One line per check; exit status 0 only when all pass.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// head is an opened checkpoint.
type head struct {
	size int64
	root tlog.Hash
}

// decimal reads what C2SP calls decimal: no sign, no leading zero.
func decimal(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != s {
		return 0, fmt.Errorf("%q is not a decimal number", s)
	}
	return n, nil
}

func hash(s string) (h tlog.Hash, err error) {
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != tlog.HashSize {
		return h, fmt.Errorf("%q is not a hash", s)
	}
	copy(h[:], b)
	return h, nil
}

// openCheckpoint believes the text only after the log's own signature.
func openCheckpoint(msg []byte, v note.Verifier) (h head, err error) {
	n, err := note.Open(msg, note.VerifierList(v))
	if err != nil {
		return h, err
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) < 4 || lines[len(lines)-1] != "" {
		return h, errors.New("checkpoint has fewer than three lines")
	}
	if lines[0] != v.Name() {
		return h, fmt.Errorf("origin %q instead of %q", lines[0], v.Name())
	}
	if h.size, err = decimal(lines[1]); err != nil {
		return h, err
	}
	h.root, err = hash(lines[2])
	return h, err
}

// parseProof reads a .tlog-proof (c2sp.org/tlog-proof).
func parseProof(b []byte) (index int64, p tlog.RecordProof, cp []byte, err error) {
	bad := func(why string) (int64, tlog.RecordProof, []byte, error) {
		return 0, nil, nil, errors.New("tlog-proof: " + why)
	}
	i := bytes.Index(b, []byte("\n\n"))
	if i < 0 {
		return bad("no blank line")
	}
	lines := strings.Split(string(b[:i]), "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" {
		return bad("wrong first line")
	}
	lines = lines[1:]
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		extra := strings.TrimPrefix(lines[0], "extra ")
		if _, err := base64.StdEncoding.Strict().DecodeString(extra); err != nil {
			return bad("extra is not base64")
		}
		lines = lines[1:]
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return bad("no index line")
	}
	if index, err = decimal(strings.TrimPrefix(lines[0], "index ")); err != nil {
		return bad(err.Error())
	}
	for _, l := range lines[1:] {
		h, err := hash(l)
		if err != nil {
			return bad(err.Error())
		}
		p = append(p, h)
	}
	return index, p, b[i+2:], nil
}

// verifier is one run over one log; it counts what it checked.
type verifier struct {
	c          *client
	key        note.Verifier
	log        string // "evidence"
	generation string
	quiet      bool
	now        head
	stored     []tlog.Hash // every node hash, recomputed from the entries
	leaves     []tlog.Hash
}

func (v *verifier) say(format string, args ...interface{}) {
	if !v.quiet {
		fmt.Printf("PASS "+format+"\n", args...)
	}
}

func (v *verifier) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		if x < 0 || x >= int64(len(v.stored)) {
			return nil, fmt.Errorf("no stored hash %d", x)
		}
		out[i] = v.stored[x]
	}
	return out, nil
}

func (v *verifier) checkpoint() ([]byte, error) {
	msg, err := v.c.get(v.c.prefix + "checkpoint")
	if err != nil {
		return nil, err
	}
	if v.now, err = openCheckpoint(msg, v.key); err != nil {
		return nil, err
	}
	v.say("checkpoint: %s, size %d", v.key.Name(), v.now.size)
	return msg, nil
}

// entries recomputes the tree from the bundles.
func (v *verifier) entries() error {
	bundles := 0
	err := eachTile(v.now.size, 0, func(n int64, width int) error {
		entries, err := v.c.bundle(n, width)
		if err != nil {
			return err
		}
		bundles++
		for _, e := range entries {
			i := int64(len(v.leaves))
			more, err := tlog.StoredHashes(i, e, v)
			if err != nil {
				return err
			}
			v.stored = append(v.stored, more...)
			v.leaves = append(v.leaves, tlog.RecordHash(e))
		}
		return nil
	})
	if err != nil {
		return err
	}
	root := tlog.Hash(sha256.Sum256(nil))
	if v.now.size > 0 {
		if root, err = tlog.TreeHash(v.now.size, v); err != nil {
			return err
		}
	}
	if root != v.now.root {
		return fmt.Errorf("entries give root %v, the checkpoint says %v", root, v.now.root)
	}
	v.say("entries: %d in %d bundles give the signed root", v.now.size, bundles)
	return nil
}

// tiles compares every byte of every hash tile with the recomputed hashes.
func (v *verifier) tiles() error {
	count := 0
	for level := 0; v.now.size>>(uint(level)*tileHeight) > 0; level++ {
		err := eachTile(v.now.size, level, func(n int64, width int) error {
			data, err := v.c.tile(level, n, width)
			if err != nil {
				return err
			}
			for i := 0; i < width; i++ {
				at := tlog.StoredHashIndex(level*tileHeight, n*tileWidth+int64(i))
				if !bytes.Equal(data[i*tlog.HashSize:(i+1)*tlog.HashSize], v.stored[at][:]) {
					return fmt.Errorf("%s: hash %d differs", tilePath(level, n, width), i)
				}
			}
			count++
			return nil
		})
		if err != nil {
			return err
		}
	}
	v.say("tiles: %d agree with the entries", count)
	return nil
}

// inclusion asks the node for proofs of leaves taken at random.
func (v *verifier) inclusion(samples int) error {
	if v.now.size == 0 {
		return nil
	}
	seen := 0
	for ; seen < samples; seen++ {
		index := rand.Int63n(v.now.size)
		if seen == 0 {
			index = v.now.size - 1
		}
		url := fmt.Sprintf("%s/v1/proof/%s/%d?generation=%s",
			v.c.base, v.log, index, v.generation)
		body, err := v.c.get(url)
		if err != nil {
			return err
		}
		got, proof, cp, err := parseProof(body)
		if err != nil {
			return fmt.Errorf("%s: %v", url, err)
		}
		h, err := openCheckpoint(cp, v.key)
		if err != nil {
			return fmt.Errorf("%s: %v", url, err)
		}
		if got != index {
			return fmt.Errorf("%s: is about leaf %d", url, got)
		}
		if h.size == v.now.size && h.root != v.now.root {
			return fmt.Errorf("%s: two roots of size %d", url, h.size)
		}
		if err := tlog.CheckRecord(proof, h.size, h.root, index, v.leaves[index]); err != nil {
			return fmt.Errorf("%s: %v", url, err)
		}
		if tlog.CheckRecord(proof, h.size, h.root, index, tlog.Hash{}) == nil {
			return fmt.Errorf("%s: proves anything", url)
		}
	}
	v.say("inclusion: %d proofs by the node", seen)
	return nil
}

// consistency proves from hash tiles alone that the log only grew.
func (v *verifier) consistency(earlier []byte) error {
	old, err := openCheckpoint(earlier, v.key)
	if err != nil {
		return fmt.Errorf("earlier checkpoint: %v", err)
	}
	if old.size > v.now.size {
		return fmt.Errorf("the log shrank from %d to %d", old.size, v.now.size)
	}
	if old.size == v.now.size || old.size == 0 {
		if old.size == v.now.size && old.root != v.now.root {
			return fmt.Errorf("two roots of size %d", old.size)
		}
	} else {
		tree := tlog.Tree{N: v.now.size, Hash: v.now.root}
		p, err := tlog.ProveTree(v.now.size, old.size, tlog.TileHashReader(tree, v.c))
		if err != nil {
			return err
		}
		err = tlog.CheckTree(p, v.now.size, v.now.root, old.size, old.root)
		if err != nil {
			return fmt.Errorf("size %d is no prefix of size %d: %v", old.size, v.now.size, err)
		}
	}
	v.say("consistency: %d is a prefix of %d", old.size, v.now.size)
	return nil
}

// run does all checks; state names the file of the earlier checkpoint.
func (v *verifier) run(samples int, state string) error {
	cp, err := v.checkpoint()
	if err != nil {
		return err
	}
	if err := v.entries(); err != nil {
		return err
	}
	if err := v.tiles(); err != nil {
		return err
	}
	if err := v.inclusion(samples); err != nil {
		return err
	}
	if state == "" {
		return nil
	}
	earlier, err := os.ReadFile(state)
	if err == nil {
		err = v.consistency(earlier)
	} else if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return err
	}
	return os.WriteFile(state, cp, 0o600)
}

// newVerifier derives the paths from the origin, <name>/<log>/<generation>.
func newVerifier(url, vkey, token string) (*verifier, error) {
	key, err := note.NewVerifier(strings.TrimSpace(vkey))
	if err != nil {
		return nil, err
	}
	part := strings.Split(key.Name(), "/")
	if len(part) < 3 {
		return nil, fmt.Errorf("origin %q is not NAME/LOG/GENERATION", key.Name())
	}
	log, generation := part[len(part)-2], part[len(part)-1]
	c := newClient(strings.TrimSuffix(url, "/"), log+"/"+generation, token)
	return &verifier{c: c, key: key, log: log, generation: generation}, nil
}

func main() {
	url := flag.String("url", "", "the node, http://HOST:PORT")
	vkey := flag.String("vkey", "", "the log's C2SP verifier key")
	token := flag.String("token", "", "bearer token with the right to read entries")
	state := flag.String("state", "", "file of the checkpoint seen last; updated")
	proofs := flag.Int("proofs", 32, "number of inclusion proofs to ask for")
	index := flag.Int64("status", -1, "print the status of the credential with this index; -vkey is the identity's")
	self := flag.Bool("selftest", false, "check this program against a small log of its own")
	then := flag.Int64("at", 0, "with -status: as of that second")
	skey := flag.String("skey", "", "file with a log's signing key: ask -url to cosign; -vkey is the witness's")
	salt := flag.String("salt", "x", "with -skey: how its leaves begin")
	old := flag.Int64("old", 0, "with -skey: the size that was cosigned last")
	size := flag.Int64("size", 0, "with -skey: of the checkpoint")
	flag.Parse()
	rand.Seed(time.Now().UnixNano())

	var err error
	if *self {
		if err = selftestStatusList(); err == nil {
			err = selftest()
		}
	} else if *skey != "" {
		err = addCheckpoint(strings.TrimSuffix(*url, "/"), strings.TrimSpace(*vkey), *skey, *salt, *old, *size)
	} else if *index >= 0 {
		c := newClient(strings.TrimSuffix(*url, "/"), "", *token)
		err = checkStatusList(c, strings.TrimSpace(*vkey), uint64(*index), *then)
	} else {
		var v *verifier
		if v, err = newVerifier(*url, *vkey, *token); err == nil {
			err = v.run(*proofs, *state)
		}
	}
	if err != nil {
		fmt.Printf("FAIL %v\n", err)
		os.Exit(1)
	}
}
