// share.go - the page that the shim and this driver share (shim.h).
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// The classes and the special error of shim.h.
const (
	classOpen  = 1
	classLook  = 2
	classWrite = 4
	classSync  = 8
	className  = 16
	classSize  = 32
	classAll   = 63
	errShort   = 100000
)

// share mirrors struct shim_share.
type share struct {
	calls       uint64
	records     uint64
	dieBefore   uint64
	dieAfter    uint64
	dieTorn     uint64
	failFrom    uint64
	failLeft    uint64
	failClasses uint64
	failErrno   uint64
	failed      uint64
	failedClass uint64
	unknown     uint64
	failedPath  [256]byte
}

func newShare(path string) (*share, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0600)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := f.Truncate(4096); err != nil {
		return nil, err
	}
	page, err := syscall.Mmap(int(f.Fd()), 0, 4096,
		syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		return nil, err
	}
	return (*share)(unsafe.Pointer(&page[0])), nil
}

func get(p *uint64) uint64    { return atomic.LoadUint64(p) }
func set(p *uint64, v uint64) { atomic.StoreUint64(p, v) }

// failing lets the next `left` calls of these classes fail, from call `from`.
func (s *share) failing(classes uint64, code uint64, from, left uint64) {
	set(&s.failFrom, 0)
	set(&s.failClasses, classes)
	set(&s.failErrno, code)
	set(&s.failLeft, left)
	set(&s.failFrom, from)
}

func (s *share) healthy() { set(&s.failFrom, 0) }

func (s *share) path() string {
	for i, c := range s.failedPath {
		if c == 0 {
			return string(s.failedPath[:i])
		}
	}
	return string(s.failedPath[:])
}
