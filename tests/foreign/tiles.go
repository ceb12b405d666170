// tiles.go - the paths of c2sp.org/tlog-tiles and the client that reads them.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
	bodyMax    = 64 << 20
)

// tilePath is the path of a hash tile, or of an entry bundle when level is -1.
// golang.org/x/mod has paths of its own, with the height in front.
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

// eachTile calls f for every tile that a tree of this size has at a level.
func eachTile(size int64, level int, f func(n int64, width int) error) error {
	count := size >> (uint(level) * tileHeight)
	for n := int64(0); n*tileWidth < count; n++ {
		width := tileWidth
		if count-n*tileWidth < tileWidth {
			width = int(count - n*tileWidth)
		}
		if err := f(n, width); err != nil {
			return err
		}
	}
	return nil
}

// client reads one log of one node.
type client struct {
	base   string // http://host:port
	prefix string // base + "/evidence/1/"
	token  string
	http   http.Client
}

func newClient(base, path, token string) *client {
	return &client{base: base, prefix: base + "/" + path + "/", token: token,
		http: http.Client{Timeout: 60 * time.Second}}
}

func (c *client) get(url string) ([]byte, error) {
	req, err := http.NewRequest("GET", url, nil)
	if err != nil {
		return nil, err
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, bodyMax))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: status %d", url, resp.StatusCode)
	}
	return body, nil
}

func (c *client) tile(level int, n int64, width int) ([]byte, error) {
	path := tilePath(level, n, width)
	body, err := c.get(c.prefix + path)
	if err != nil {
		return nil, err
	}
	if len(body) != width*tlog.HashSize {
		return nil, fmt.Errorf("%s: %d bytes instead of %d", path,
			len(body), width*tlog.HashSize)
	}
	return body, nil
}

// bundle reads and splits an entry bundle: u16be length, bytes, for each.
func (c *client) bundle(n int64, width int) ([][]byte, error) {
	path := tilePath(-1, n, width)
	body, err := c.get(c.prefix + path)
	if err != nil {
		return nil, err
	}
	var entries [][]byte
	for len(body) >= 2 {
		l := int(binary.BigEndian.Uint16(body))
		if len(body) < 2+l {
			return nil, fmt.Errorf("%s: entry %d is cut off", path, len(entries))
		}
		entries = append(entries, body[2:2+l])
		body = body[2+l:]
	}
	if len(body) != 0 || len(entries) != width {
		return nil, fmt.Errorf("%s: %d entries and %d bytes instead of %d entries",
			path, len(entries), len(body), width)
	}
	return entries, nil
}

// The client as tlog.TileReader, for proofs made from hash tiles alone.
func (c *client) Height() int { return tileHeight }

func (c *client) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, t := range tiles {
		var err error
		if data[i], err = c.tile(t.L, t.N, t.W); err != nil {
			return nil, err
		}
	}
	return data, nil
}

func (c *client) SaveTiles([]tlog.Tile, [][]byte) {}
