// cut.go - a true power cut: ext4 on a loop device, shut down under the node.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// EXT4_IOC_SHUTDOWN is _IOR('X', 125, __u32) of the kernel's ext4.h; 2 drops
// what is in the journal's memory as well (NOLOGFLUSH).
const (
	ext4Shutdown   = 0x8004587d
	ext4NoLogFlush = 2
	imageBytes     = 96 << 20
)

// errNoLoop: this machine cannot do it.
type errNoLoop struct{ error }

func run(name string, args ...string) error {
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %v: %s", name, err, strings.TrimSpace(string(out)))
	}
	return nil
}

// loop is a file system of its own in a file.
type loop struct {
	image, dir string
}

func (l *loop) mount() error {
	return run("mount", "-o", "loop", l.image, l.dir)
}

func newLoop(top string) (*loop, error) {
	l := &loop{image: top + ".img", dir: top}
	must(os.MkdirAll(top, 0700))
	f, err := os.Create(l.image)
	must(err)
	must(f.Truncate(imageBytes))
	f.Close()
	if err = run("mkfs.ext4", "-q", "-F", l.image); err == nil {
		err = l.mount()
	}
	if err != nil {
		l.remove()
		return nil, errNoLoop{err}
	}
	return l, nil
}

func (l *loop) remove() {
	_ = syscall.Unmount(l.dir, syscall.MNT_DETACH)
	_ = os.Remove(l.image)
	_ = os.RemoveAll(l.dir)
}

// shutdown loses at once what was not on the disk.
func (l *loop) shutdown() error {
	f, err := os.Open(l.dir)
	if err != nil {
		return err
	}
	defer f.Close()
	flags := uint32(ext4NoLogFlush)
	_, _, code := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), ext4Shutdown,
		uintptr(unsafe.Pointer(&flags)))
	if code != 0 {
		return errNoLoop{code}
	}
	return nil
}

// cut lets the power go at random instants of days under load.
func (b *bench) cut(cuts int) {
	l, err := newLoop(filepath.Join(b.work, "disk"))
	if err != nil {
		b.skip = fmt.Sprintf("no ext4 on a loop device here: %v", err)
		return
	}
	defer l.remove()
	b.mounts = append(b.mounts, l.dir)
	n := &node{dir: filepath.Join(l.dir, "node")}
	must(copyTree(b.model, n.dir))
	must(run("sync", "-f", l.dir))
	dice := rand.New(rand.NewSource(b.seed))
	p := newPromises()
	for i := 0; i < cuts; i++ {
		if err := b.oneCut(l, n, p, dice); err != nil {
			if _, none := err.(errNoLoop); none {
				b.skip = fmt.Sprintf("ext4 cannot be shut down here: %v", err)
			} else {
				b.finding(n, "cut %d: %v", i, err)
			}
			break
		}
	}
	b.count("receipts", len(p.receipts))
	b.count("heads", len(p.heads))
	if n.cmd != nil && n.alive() {
		n.kill()
	}
}

func (b *bench) oneCut(l *loop, n *node, p *promises, dice *rand.Rand) error {
	if err := n.start(); err != nil {
		return fmt.Errorf("%v: %s", err, n.out)
	}
	w := &worker{n, p}
	delay := time.Duration(dice.Int63n(int64(600 * time.Millisecond)))
	off := make(chan error)
	go func() {
		time.Sleep(delay)
		off <- l.shutdown()
	}()
	w.workday()
	for i := 0; ; i++ {
		select {
		case err := <-off:
			// What it says from now on rests on nothing and is not counted:
			// no acknowledgement may come of a disk that is gone.
			if err != nil {
				n.kill()
				return err
			}
			late := p.number(fmt.Sprintf("gone-%d", p.round), 1, 1)
			if w.post(late) && late[0].at != 0 {
				n.kill()
				return fmt.Errorf("acknowledged after the disk was gone")
			}
			n.kill()
			b.count("cuts", 1)
			return b.afterCut(l, n, p)
		default:
			w.burst(fmt.Sprintf("c%d-%d", p.round, i), 4, 2, 5)
		}
	}
}

func (b *bench) afterCut(l *loop, n *node, p *promises) error {
	if err := syscall.Unmount(l.dir, 0); err != nil {
		return fmt.Errorf("unmount: %v", err)
	}
	if err := l.mount(); err != nil {
		return err
	}
	// Refusals by a disk that was going are as they are.
	p.refusals, p.problems = map[int]int{}, nil
	if err := n.check(p, b.vkeys, always); err != nil {
		return err
	}
	b.opened(n)
	return n.stop()
}
