// selftest.go - the verifier passes a good log and fails every spoilt one.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const selfOrigin = "self.test.example/evidence/1"

// memory is a log that serves itself; files are made anew by publish.
type memory struct {
	stored []tlog.Hash
	leaves [][]byte
	signer note.Signer
	files  map[string][]byte
}

func (m *memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		out[i] = m.stored[x]
	}
	return out, nil
}

func (m *memory) add(entry []byte) error {
	more, err := tlog.StoredHashes(int64(len(m.leaves)), entry, m)
	m.stored = append(m.stored, more...)
	m.leaves = append(m.leaves, entry)
	return err
}

func (m *memory) checkpoint(size int64, root tlog.Hash) ([]byte, error) {
	text := fmt.Sprintf("%s\n%d\n%s\n", selfOrigin, size,
		base64.StdEncoding.EncodeToString(root[:]))
	return note.Sign(&note.Note{Text: text}, m.signer)
}

func (m *memory) publish() error {
	size := int64(len(m.leaves))
	m.files = map[string][]byte{}
	for level := 0; size>>(uint(level)*tileHeight) > 0; level++ {
		_ = eachTile(size, level, func(n int64, width int) error {
			var b []byte
			for i := 0; i < width; i++ {
				at := tlog.StoredHashIndex(level*tileHeight, n*tileWidth+int64(i))
				b = append(b, m.stored[at][:]...)
			}
			m.files["/evidence/1/"+tilePath(level, n, width)] = b
			return nil
		})
	}
	_ = eachTile(size, 0, func(n int64, width int) error {
		var b []byte
		for i := 0; i < width; i++ {
			e := m.leaves[n*tileWidth+int64(i)]
			b = append(b, byte(len(e)>>8), byte(len(e)))
			b = append(b, e...)
		}
		m.files["/evidence/1/"+tilePath(-1, n, width)] = b
		return nil
	})
	root, err := tlog.TreeHash(size, m)
	if err != nil {
		return err
	}
	cp, err := m.checkpoint(size, root)
	if err != nil {
		return err
	}
	m.files["/evidence/1/checkpoint"] = cp
	for n := int64(0); n < size; n++ {
		p, err := tlog.ProveRecord(size, n, m)
		if err != nil {
			return err
		}
		var b strings.Builder
		fmt.Fprintf(&b, "c2sp.org/tlog-proof@v1\nindex %d\n", n)
		for _, h := range p {
			b.WriteString(base64.StdEncoding.EncodeToString(h[:]) + "\n")
		}
		fmt.Fprintf(&b, "\n%s", cp)
		m.files[fmt.Sprintf("/v1/proof/evidence/%d", n)] = []byte(b.String())
	}
	return nil
}

func (m *memory) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer secret" {
		http.Error(w, "no token", http.StatusUnauthorized)
		return
	}
	b, ok := m.files[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	_, _ = w.Write(b)
}

// vectors of c2sp.org/tlog-tiles: paths, and tiles of a tree of 70,000 leaves
// whose entries are their own numbers in decimal.
func selfVectors() error {
	for want, got := range map[string]string{
		"tile/entries/000":           tilePath(-1, 0, 256),
		"tile/entries/000.p/255":     tilePath(-1, 0, 255),
		"tile/entries/x123/x456/789": tilePath(-1, 123456789, 256),
		"tile/15/x455/667":           tilePath(15, 455667, 256),
		"tile/15/x123/x456/789.p/41": tilePath(15, 123456789, 41),
		"tile/0/x001/x234/067":       tilePath(0, 1234067, 256),
	} {
		if want != got {
			return fmt.Errorf("path %s instead of %s", got, want)
		}
	}
	m := &memory{}
	for i := 0; i < 70000; i++ {
		if err := m.add([]byte(fmt.Sprint(i))); err != nil {
			return err
		}
	}
	for _, c := range []struct {
		level int
		n     int64
		width int
		sum   string
	}{
		{0, 0, 256, "b9704a8bfbee2c61185ceb38904a49f3f703c81e194b5b2ccdc254c2bdaaa62b"},
		{0, 273, 112, "4d21244557c976993a9a89bf928a46b5a876585228df279878239fd84489e5a5"},
		{1, 0, 256, "ea7b038bc73489c89c31a27ac355aaca65a4ed73f0dd7484e68deb29d30f10a2"},
		{1, 1, 17, "adfaca2731630fe7944a4b98a0f98ef3e98685eafda09e6f81070218fb759ce4"},
		{2, 0, 1, "f0113c8bad855b49f9a5dd661d50012cd94f19aae87a45eb8334666835e3caea"},
	} {
		h := sha256.New()
		for i := 0; i < c.width; i++ {
			at := tlog.StoredHashIndex(c.level*tileHeight, c.n*tileWidth+int64(i))
			h.Write(m.stored[at][:])
		}
		if got := hex.EncodeToString(h.Sum(nil)); got != c.sum {
			return fmt.Errorf("%s: SHA-256 %s instead of %s",
				tilePath(c.level, c.n, c.width), got, c.sum)
		}
	}
	return nil
}

func selftest() error {
	if err := selfVectors(); err != nil {
		return err
	}
	skey, vkey, err := note.GenerateKey(rand.Reader, selfOrigin)
	if err != nil {
		return err
	}
	m := &memory{}
	if m.signer, err = note.NewSigner(skey); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "foreign.")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	state := filepath.Join(dir, "checkpoint")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer l.Close()
	go func() { _ = http.Serve(l, m) }()
	cases := 0
	run := func(want bool, what, token string) error {
		cases++
		v, err := newVerifier("http://"+l.Addr().String(), vkey, token)
		if err != nil {
			return err
		}
		v.quiet = true
		err = v.run(1000, state)
		if want && err != nil {
			return fmt.Errorf("%s: %v", what, err)
		}
		if !want && err == nil {
			return fmt.Errorf("%s: passed", what)
		}
		return nil
	}

	// A log that grows: below, at and above the width of a tile.
	var at3 []byte
	for _, size := range []int{1, 3, 255, 256, 257, 700} {
		for len(m.leaves) < size {
			if err := m.add([]byte(fmt.Sprintf("entry %d", len(m.leaves)))); err != nil {
				return err
			}
		}
		if err := m.publish(); err != nil {
			return err
		}
		if size == 3 {
			at3 = m.files["/evidence/1/checkpoint"]
		}
		if err := run(true, fmt.Sprintf("size %d", size), "secret"); err != nil {
			return err
		}
	}
	if err := run(false, "without a token", ""); err != nil {
		return err
	}

	// One flipped bit in each file, at its start, middle and end.
	for path, good := range m.files {
		if strings.HasPrefix(path, "/v1/proof/") && !strings.HasSuffix(path, "/699") {
			continue // the last leaf is always asked for
		}
		for _, at := range []int{0, len(good) / 2, len(good) - 2} {
			bad := append([]byte(nil), good...)
			bad[at] ^= 1
			m.files[path] = bad
			what := fmt.Sprintf("%s with byte %d flipped", path, at)
			if err := run(false, what, "secret"); err != nil {
				return err
			}
		}
		m.files[path] = good[:len(good)-1]
		if err := run(false, path+" cut short", "secret"); err != nil {
			return err
		}
		m.files[path] = good
	}
	if err := selfHistory(m, state, at3, run); err != nil {
		return err
	}
	fmt.Printf("PASS selftest: %d runs over good and spoilt logs\n", cases)
	return nil
}

// selfHistory gives the verifier earlier checkpoints, true and false.
func selfHistory(m *memory, state string, at3 []byte,
	run func(bool, string, string) error) error {
	if err := os.WriteFile(state, at3, 0o600); err != nil {
		return err
	}
	if err := run(true, "a true checkpoint of size 3", "secret"); err != nil {
		return err
	}
	for _, size := range []int64{3, 700, 701} {
		cp, err := m.checkpoint(size, tlog.Hash{1})
		if err != nil {
			return err
		}
		if err := os.WriteFile(state, cp, 0o600); err != nil {
			return err
		}
		what := fmt.Sprintf("another history of size %d", size)
		if err := run(false, what, "secret"); err != nil {
			return err
		}
		left, err := os.ReadFile(state)
		if err != nil || !bytes.Equal(left, cp) {
			return fmt.Errorf("%s: the evidence was overwritten", what)
		}
	}
	return nil
}
