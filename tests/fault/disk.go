// disk.go - what a disk may hold after the power went.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
)

// The model is stricter than any one file system:
//
//   - a file's bytes, its size and its names are separate; what was not synced
//     of each may be there or not, in any combination;
//   - fsync and fdatasync make a file's bytes and size durable, not its name;
//     fsync of the directory makes the names in it durable;
//   - a write through O_SYNC or O_DSYNC makes its own pages and the size
//     durable, and nothing else;
//   - what is not durable survives by page or by sector; a sector is whole, and
//     holds what the file held at some moment since the last sync;
//   - a rename is whole.
const (
	pageBytes   = 4096
	sectorBytes = 512
)

// Operations of shim.h.
const (
	doCreate = 1
	doMkdir  = 2
	doWrite  = 3
	doSize   = 4
	doSync   = 5
	doRename = 6
	doLink   = 7
	doUnlink = 8
)

type change struct {
	op          uint32
	durable     bool
	inode       uint64
	offset      int64
	call        uint64
	path, other string
	data        []byte
}

// changes reads a record; a last one that was cut off is left out.
func changes(path string) ([]change, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []change
	for {
		var h struct {
			Op, Durable         uint32
			Inode, Offset, Call uint64
			Path, Other         uint32
			Data                uint64
		}
		if err := binary.Read(f, binary.LittleEndian, &h); err != nil {
			return all, nil
		}
		buf := make([]byte, uint64(h.Path)+uint64(h.Other)+h.Data)
		if _, err := io.ReadFull(f, buf); err != nil {
			return all, nil
		}
		all = append(all, change{op: h.Op, durable: h.Durable != 0,
			inode: h.Inode, offset: int64(h.Offset), call: h.Call,
			path:  string(buf[:h.Path]),
			other: string(buf[h.Path : h.Path+h.Other]),
			data:  buf[h.Path+h.Other:]})
	}
}

// pending is a change of a file's bytes or size that no sync has covered.
type pending struct {
	seq    int
	write  bool
	offset int64 // or size
	data   []byte
}

type file struct {
	base  []byte // durable
	pend  []pending
	floor map[int64]int // page: changes before this one are durable
	sized int           // the same for the size
}

// naming is a change of names that no fsync of its folder has covered.
type naming struct {
	op          uint32
	path, other string
	f           *file // nil: a directory
}

type disk struct {
	root    string
	names   map[string]*file // durable; nil: a directory
	pending []naming
	byInode map[uint64]*file
	seq     int
}

func inodeOf(st os.FileInfo) uint64 { return st.Sys().(*syscall.Stat_t).Ino }

// newDisk holds what lies in the directory, all of it durable.
func newDisk(root string) (*disk, error) {
	d := &disk{root: root, names: map[string]*file{}, byInode: map[uint64]*file{}}
	err := filepath.Walk(root, func(path string, st os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		if st.IsDir() {
			d.names[path] = nil
			return nil
		}
		if !st.Mode().IsRegular() {
			return nil
		}
		f := &file{floor: map[int64]int{}}
		if f.base, err = os.ReadFile(path); err != nil {
			return err
		}
		d.names[path], d.byInode[inodeOf(st)] = f, f
		return nil
	})
	return d, err
}

func (d *disk) apply(c *change) error {
	d.seq++
	f := d.byInode[c.inode]
	switch c.op {
	case doCreate:
		f = &file{floor: map[int64]int{}}
		d.byInode[c.inode] = f
		d.pending = append(d.pending, naming{doLink, "", c.path, f})
	case doMkdir:
		d.pending = append(d.pending, naming{doMkdir, c.path, "", nil})
	case doRename, doLink, doUnlink:
		d.pending = append(d.pending, naming{c.op, c.path, c.other, f})
	case doWrite:
		if f == nil {
			return fmt.Errorf("a write to an unknown inode %d", c.inode)
		}
		f.pend = append(f.pend, pending{d.seq, true, c.offset, c.data})
		if c.durable {
			end := c.offset + int64(len(c.data))
			for p := c.offset / pageBytes; p*pageBytes < end; p++ {
				f.floor[p] = d.seq + 1
			}
			f.sized = d.seq + 1
		}
	case doSize:
		if f == nil {
			return fmt.Errorf("a size for an unknown inode %d", c.inode)
		}
		f.pend = append(f.pend, pending{d.seq, false, c.offset, nil})
	case doSync:
		if c.path != "" {
			d.syncNames(c.path)
		} else if f != nil {
			f.base = f.content(func(int64) int { return d.seq }, d.seq, pageBytes)
			f.pend, f.floor, f.sized = nil, map[int64]int{}, 0
		}
	}
	return nil
}

func (d *disk) syncNames(dir string) {
	var left []naming
	for _, n := range d.pending {
		if in(dir, n.path) || in(dir, n.other) {
			named(d.names, n)
		} else {
			left = append(left, n)
		}
	}
	d.pending = left
}

func in(dir, path string) bool {
	return path != "" && filepath.Dir(path) == dir
}

// named makes one change of names.
func named(names map[string]*file, n naming) {
	switch n.op {
	case doMkdir:
		names[n.path] = nil
	case doLink:
		names[n.other] = n.f
	case doUnlink:
		delete(names, n.path)
	case doRename:
		delete(names, n.path)
		names[n.other] = n.f
	}
}

// content of a file when, of each unit, the changes before until(unit) are
// there, and of the size those before sized.
func (f *file) content(until func(unit int64) int, sized int, unit int64) []byte {
	size := int64(len(f.base))
	most := size
	for _, p := range f.pend {
		end := p.offset + int64(len(p.data))
		if p.seq < sized && p.write && end > size {
			size = end
		}
		if p.seq < sized && !p.write {
			size = p.offset
		}
		if end > most {
			most = end
		}
	}
	out := make([]byte, most)
	copy(out, f.base)
	limit := map[int64]int{}
	of := func(u int64) int {
		if _, ok := limit[u]; !ok {
			limit[u] = until(u)
		}
		return limit[u]
	}
	for _, p := range f.pend {
		if p.write {
			f.put(out, p, of, unit)
			continue
		}
		for u := p.offset / unit; u*unit < most; u++ {
			if p.seq >= of(u) {
				continue
			}
			from, to := u*unit, (u+1)*unit
			if from < p.offset {
				from = p.offset
			}
			if to > most {
				to = most
			}
			for i := from; i < to; i++ {
				out[i] = 0
			}
		}
	}
	return out[:size]
}

func (f *file) put(out []byte, p pending, of func(int64) int, unit int64) {
	end := p.offset + int64(len(p.data))
	for u := p.offset / unit; u*unit < end; u++ {
		if p.seq >= of(u) {
			continue
		}
		from, to := u*unit, (u+1)*unit
		if from < p.offset {
			from = p.offset
		}
		if to > end {
			to = end
		}
		copy(out[from:to], p.data[from-p.offset:to-p.offset])
	}
}

// The ways in which the power goes.
var ways = []string{"nothing unsynced", "everything", "pages", "sectors",
	"only names", "only bytes"}

// image writes one disk to a directory.
func (d *disk) image(to, way string, dice *rand.Rand) error {
	names := map[string]*file{}
	for k, v := range d.names {
		names[k] = v
	}
	for _, n := range d.pending {
		take := way == "everything" || way == "only names"
		if way == "pages" || way == "sectors" {
			take = dice.Intn(2) == 0
		}
		if take {
			named(names, n)
		}
	}
	var list []string
	for path := range names {
		list = append(list, path)
	}
	sort.Strings(list)
	for _, path := range list {
		at := to + strings.TrimPrefix(path, d.root)
		if names[path] == nil {
			// A folder whose folder is lost is lost.
			if err := os.Mkdir(at, 0700); err != nil && !os.IsNotExist(err) {
				return err
			}
			continue
		}
		err := os.WriteFile(at, d.bytes(names[path], way, dice), 0600)
		if err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return nil
}

func (d *disk) bytes(f *file, way string, dice *rand.Rand) []byte {
	all := d.seq + 1
	unit := int64(pageBytes)
	if way == "sectors" {
		unit = sectorBytes
	}
	// A moment since the last sync, or one of the two ends.
	moment := func() int {
		switch {
		case way == "everything" || way == "only bytes":
			return all
		case way == "nothing unsynced" || way == "only names" || len(f.pend) == 0:
			return 0
		}
		switch dice.Intn(3) {
		case 0:
			return 0
		case 1:
			return all
		}
		return f.pend[dice.Intn(len(f.pend))].seq + dice.Intn(2)
	}
	until := func(u int64) int {
		t := moment()
		if floor := f.floor[u*unit/pageBytes]; t < floor {
			t = floor
		}
		return t
	}
	sized := moment()
	if sized < f.sized {
		sized = f.sized
	}
	return f.content(until, sized, unit)
}

// same holds the model against the directory: a change that the shim did not
// see would show.
func (d *disk) same() error {
	names := map[string]*file{}
	for k, v := range d.names {
		names[k] = v
	}
	for _, n := range d.pending {
		named(names, n)
	}
	return filepath.Walk(d.root, func(path string, st os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		f, ok := names[path]
		if !st.IsDir() && !st.Mode().IsRegular() {
			return nil
		}
		if !ok {
			return fmt.Errorf("%s is there, unseen", path)
		}
		if f == nil || filepath.Base(path) == "lock.mdb" {
			return nil
		}
		data, err := os.ReadFile(path)
		if err == nil && !bytes.Equal(data, d.bytes(f, "everything", nil)) {
			err = fmt.Errorf("%s is not as recorded", path)
		}
		return err
	})
}
