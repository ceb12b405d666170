// statuslist.go - checks a node's Token Status List with Go's own libraries.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"compress/zlib"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

const listMax = 1 << 22 // bytes of a list

// statusList is what a token says once its signature is good.
type statusList struct {
	Sub  string `json:"sub"`
	Iat  int64  `json:"iat"`
	Exp  int64  `json:"exp"`
	TTL  int64  `json:"ttl"`
	List struct {
		Bits uint   `json:"bits"`
		Lst  string `json:"lst"`
	} `json:"status_list"`
	plain []byte
}

// identityKey reads a verifier key NAME/identity+HASH+KEY of type Ed25519.
func identityKey(vkey string) (name, kid string, pub ed25519.PublicKey, err error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return "", "", nil, errors.New("not a verifier key")
	}
	key, err := base64.StdEncoding.Strict().DecodeString(parts[2])
	if err != nil || len(key) != 1+ed25519.PublicKeySize || key[0] != 1 {
		return "", "", nil, errors.New("not an Ed25519 verifier key")
	}
	name = strings.TrimSuffix(parts[0], "/identity")
	if name == parts[0] {
		return "", "", nil, fmt.Errorf("%s is no identity", name)
	}
	return name, parts[0] + "+" + parts[1], ed25519.PublicKey(key[1:]), nil
}

// openStatusList believes a token (JWS compact form, RFC 7515) of this key.
func openStatusList(token []byte, vkey string, now time.Time) (*statusList, error) {
	name, kid, pub, err := identityKey(vkey)
	if err != nil {
		return nil, err
	}
	parts := strings.Split(strings.TrimSpace(string(token)), ".")
	if len(parts) != 3 {
		return nil, errors.New("not three parts")
	}
	var raw [3][]byte
	for i, p := range parts {
		if raw[i], err = base64.RawURLEncoding.Strict().DecodeString(p); err != nil {
			return nil, fmt.Errorf("part %d: %v", i, err)
		}
	}
	var header struct{ Alg, Typ, Kid string }
	if err = json.Unmarshal(raw[0], &header); err != nil {
		return nil, err
	}
	if header.Alg != "EdDSA" || header.Typ != "statuslist+jwt" || header.Kid != kid {
		return nil, fmt.Errorf("header %+v", header)
	}
	if !ed25519.Verify(pub, []byte(parts[0]+"."+parts[1]), raw[2]) {
		return nil, errors.New("the signature does not verify")
	}
	s := new(statusList)
	if err = json.Unmarshal(raw[1], s); err != nil {
		return nil, err
	}
	if want := "https://" + name + "/statuslists/1"; s.Sub != want {
		return nil, fmt.Errorf("about %q instead of %q", s.Sub, want)
	}
	if s.Iat > now.Unix()+60 || s.Exp <= now.Unix() || s.TTL <= 0 || s.Exp < s.Iat+s.TTL {
		return nil, fmt.Errorf("iat %d exp %d ttl %d at %d", s.Iat, s.Exp, s.TTL, now.Unix())
	}
	return s, s.inflate()
}

func (s *statusList) inflate() error {
	if s.List.Bits != 1 && s.List.Bits != 2 && s.List.Bits != 4 && s.List.Bits != 8 {
		return fmt.Errorf("%d bits", s.List.Bits)
	}
	packed, err := base64.RawURLEncoding.Strict().DecodeString(s.List.Lst)
	if err != nil {
		return err
	}
	z, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		return err
	}
	s.plain, err = io.ReadAll(io.LimitReader(z, listMax+1))
	if err == nil && len(s.plain) > listMax {
		err = errors.New("the list is too long")
	}
	return err
}

// at is the status under an index: 0 VALID, 1 INVALID, 2 SUSPENDED, 3 LAPSED.
func (s *statusList) at(index uint64) (uint, error) {
	per := uint64(8 / s.List.Bits)
	if index/per >= uint64(len(s.plain)) {
		return 0, fmt.Errorf("index %d is beyond the list", index)
	}
	shift := uint(index%per) * s.List.Bits
	return uint(s.plain[index/per]>>shift) & (1<<s.List.Bits - 1), nil
}

// checkStatusList asks the node and prints the value at the index; then: as of
// that second, unless it is 0.
func checkStatusList(c *client, vkey string, index uint64, then int64) error {
	url, now := c.base+"/statuslists/1", time.Now()
	if then != 0 {
		url, now = fmt.Sprintf("%s?time=%d", url, then), time.Unix(then, 0)
	}
	b, err := c.get(url)
	if err != nil {
		return err
	}
	s, err := openStatusList(b, vkey, now)
	// A server that does not know `time` answers with the list of now.
	if err == nil && then != 0 && (s.Iat > then || s.Exp < then) {
		err = fmt.Errorf("the list is of %d to %d, not of %d", s.Iat, s.Exp, then)
	}
	if err != nil {
		return fmt.Errorf("status list: %v", err)
	}
	v, err := s.at(index)
	if err != nil {
		return err
	}
	_, err = fmt.Println(v)
	return err
}

// selftestStatusList holds the reader to the draft's own two vectors.
func selftestStatusList() error {
	for _, v := range []struct {
		bits   uint
		lst    string
		values []uint
	}{
		{1, "eNrbuRgAAhcBXQ", []uint{1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1}},
		{2, "eNo76fITAAPfAgc", []uint{1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3}},
	} {
		s := new(statusList)
		s.List.Bits, s.List.Lst = v.bits, v.lst
		if err := s.inflate(); err != nil {
			return err
		}
		for i, want := range v.values {
			if got, err := s.at(uint64(i)); err != nil || got != want {
				return fmt.Errorf("bits %d index %d: %d, %v", v.bits, i, got, err)
			}
		}
		if _, err := s.at(uint64(len(v.values))); err == nil {
			return fmt.Errorf("bits %d: an index beyond the list", v.bits)
		}
	}
	return nil
}
