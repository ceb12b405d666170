// cosign.go - a log of its own that asks a node to cosign, c2sp.org/tlog-witness.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// stored holds the hashes of a tree in x/mod's own order.
type stored []tlog.Hash

func (s stored) ReadHashes(at []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(at))
	for i, k := range at {
		if k >= int64(len(s)) {
			return nil, errors.New("no such hash")
		}
		out[i] = s[k]
	}
	return out, nil
}

// tree has the leaves "<salt>0", "<salt>1" ..
func tree(salt string, size int64) (s stored, err error) {
	for i := int64(0); i < size; i++ {
		add, err := tlog.StoredHashes(i, []byte(fmt.Sprint(salt, i)), s)
		if err != nil {
			return nil, err
		}
		s = append(s, add...)
	}
	return s, nil
}

// cosigned checks a line of type 0x04 over the text of a checkpoint.
func cosigned(vkey, text, line string) error {
	name, rest, ok := strings.Cut(vkey, "+")
	_, b64, ok2 := strings.Cut(rest, "+")
	key, err := base64.StdEncoding.Strict().DecodeString(b64)
	if !ok || !ok2 || err != nil || len(key) != 33 || key[0] != 4 {
		return errors.New("not a witness's verifier key")
	}
	id := sha256.Sum256(append([]byte(name+"\n"), key...))
	if !strings.HasPrefix(line, "\u2014 "+name+" ") || !strings.HasSuffix(line, "\n") {
		return fmt.Errorf("%q is no line of %s", line, name)
	}
	sig, err := base64.StdEncoding.Strict().DecodeString(
		strings.TrimSuffix(strings.TrimPrefix(line, "\u2014 "+name+" "), "\n"))
	if err != nil || len(sig) != 76 || !bytes.Equal(sig[:4], id[:4]) {
		return errors.New("not a cosignature of this key")
	}
	when := binary.BigEndian.Uint64(sig[4:12])
	age := time.Now().Unix() - int64(when)
	if age < -60 || age > 600 {
		return fmt.Errorf("dated %d s ago", age)
	}
	msg := fmt.Sprintf("cosignature/v1\ntime %d\n%s", when, text)
	if !ed25519.Verify(ed25519.PublicKey(key[1:]), []byte(msg), sig[12:]) {
		return errors.New("the cosignature does not verify")
	}
	return nil
}

// addCheckpoint asks once and prints the status, with 409 the size, too.
func addCheckpoint(url, vkey, skeyFile, salt string, old, size int64) error {
	raw, err := os.ReadFile(skeyFile)
	if err != nil {
		return err
	}
	signer, err := note.NewSigner(strings.TrimSpace(string(raw)))
	if err != nil {
		return err
	}
	s, err := tree(salt, size)
	if err != nil {
		return err
	}
	root, err := tlog.TreeHash(size, s)
	if err != nil {
		return err
	}
	var body bytes.Buffer
	fmt.Fprintf(&body, "old %d\n", old)
	if old > 0 && old < size {
		proof, err := tlog.ProveTree(size, old, s)
		if err != nil {
			return err
		}
		for _, h := range proof {
			fmt.Fprintf(&body, "%s\n", h)
		}
	}
	text := fmt.Sprintf("%s\n%d\n%s\n", signer.Name(), size, root)
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	if err != nil {
		return err
	}
	fmt.Fprintf(&body, "\n%s", signed)
	c := http.Client{Timeout: 60 * time.Second}
	resp, err := c.Post(url+"/witness/add-checkpoint", "text/plain", &body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, bodyMax))
	if err != nil {
		return err
	}
	switch resp.StatusCode {
	case http.StatusOK:
		if err := cosigned(vkey, text, string(answer)); err != nil {
			return err
		}
		fmt.Println(resp.StatusCode)
	case http.StatusConflict:
		if resp.Header.Get("Content-Type") != "text/x.tlog.size" {
			return errors.New("409 without a size")
		}
		fmt.Printf("%d %s", resp.StatusCode, answer)
	default:
		fmt.Println(resp.StatusCode)
	}
	return nil
}
