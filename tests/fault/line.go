// line.go - network namespaces and the lines between them.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math/rand"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// room is a network namespace: it is there as long as its thread, which runs
// what is to happen in it, or a process that was started by that thread.
type room struct {
	do  chan func()
	end chan struct{}
}

func newRoom() (*room, error) {
	r := &room{do: make(chan func()), end: make(chan struct{})}
	made := make(chan error)
	go func() {
		runtime.LockOSThread() // for good: the thread ends with us
		err := syscall.Unshare(syscall.CLONE_NEWNET)
		if err == nil {
			err = ip("link", "set", "lo", "up")
		}
		made <- err
		if err != nil {
			return
		}
		for {
			select {
			case f := <-r.do:
				f()
			case <-r.end:
				return
			}
		}
	}()
	return r, <-made
}

// run has f done in the room; nil: where we are.
func (r *room) run(f func() error) error {
	if r == nil {
		return f()
	}
	done := make(chan error)
	r.do <- func() { done <- f() }
	return <-done
}

func (r *room) close() { close(r.end) }

func ip(args ...string) error {
	out, err := exec.Command("ip", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("ip %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return nil
}

// tap gives the room an interface whose packets come to us.
func (r *room) tap(address string) (*os.File, error) {
	var f *os.File
	err := r.run(func() error {
		fd, err := syscall.Open("/dev/net/tun", syscall.O_RDWR|syscall.O_CLOEXEC, 0)
		if err != nil {
			return err
		}
		req := struct {
			name  [16]byte
			flags uint16
			_     [22]byte
		}{flags: 0x0001 | 0x1000} // IFF_TUN, IFF_NO_PI
		copy(req.name[:], "line0")
		_, _, no := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), 0x400454ca,
			uintptr(unsafe.Pointer(&req)))
		if no != 0 {
			_ = syscall.Close(fd)
			return no
		}
		_ = syscall.SetNonblock(fd, true)
		f = os.NewFile(uintptr(fd), "line0")
		if err = ip("address", "add", address, "dev", "line0"); err != nil {
			return err
		}
		return ip("link", "set", "line0", "mtu", "1400", "up")
	})
	return f, err
}

// line is what lies between two rooms.
type line struct {
	ends  [2]*os.File
	delay int64 // each way, ns; atomic
	loss  int64 // of a million; atomic
	cut   int32 // atomic: nothing passes, nobody is told
	seed  int64
}

type packet struct {
	due  time.Time
	data []byte
}

// newLine between two rooms, with an address in each.
func newLine(a, b *room, at, bt string, seed int64) (*line, error) {
	l := &line{seed: seed}
	for i, r := range []*room{a, b} {
		f, err := r.tap([]string{at, bt}[i])
		if err != nil {
			return nil, err
		}
		l.ends[i] = f
	}
	go l.carry(0)
	go l.carry(1)
	return l, nil
}

func (l *line) set(delay time.Duration, loss float64) {
	atomic.StoreInt64(&l.delay, int64(delay))
	atomic.StoreInt64(&l.loss, int64(loss*1e6))
}

func (l *line) sever(on bool) {
	v := int32(0)
	if on {
		v = 1
	}
	atomic.StoreInt32(&l.cut, v)
}

// carry takes what one end sends to the other one, later or never, in order.
func (l *line) carry(from int) {
	dice := rand.New(rand.NewSource(l.seed + int64(from)))
	way := make(chan packet, 20000)
	go func() {
		for p := range way {
			time.Sleep(time.Until(p.due))
			_, _ = l.ends[1-from].Write(p.data)
		}
	}()
	defer close(way)
	room := make([]byte, 65536)
	for {
		n, err := l.ends[from].Read(room)
		if err != nil {
			return
		}
		if atomic.LoadInt32(&l.cut) != 0 ||
			dice.Int63n(1000000) < atomic.LoadInt64(&l.loss) {
			continue
		}
		p := packet{time.Now().Add(time.Duration(atomic.LoadInt64(&l.delay))),
			append([]byte(nil), room[:n]...)}
		select {
		case way <- p:
		default: // as a full queue
		}
	}
}

func (l *line) close() {
	for _, f := range l.ends {
		_ = f.Close()
	}
}

// gate hands connections on, and can break them all.
type gate struct {
	in    *room // where it listens and dials
	at    net.Listener
	to    string
	mu    sync.Mutex
	open  map[net.Conn]bool
	count int64 // that were ever made; atomic
}

func newGate(in *room) (*gate, error) {
	g := &gate{in: in, open: map[net.Conn]bool{}}
	err := in.run(func() (err error) {
		g.at, err = net.Listen("tcp", "127.0.0.1:0")
		return err
	})
	if err != nil {
		return nil, err
	}
	go func() {
		for {
			c, err := g.at.Accept()
			if err != nil {
				return
			}
			go g.pass(c)
		}
	}()
	return g, nil
}

func (g *gate) pass(c net.Conn) {
	g.mu.Lock()
	to := g.to
	g.mu.Unlock()
	var d net.Conn
	err := g.in.run(func() (err error) {
		d, err = net.DialTimeout("tcp", to, 10*time.Second)
		return err
	})
	if err != nil {
		_ = c.Close()
		return
	}
	atomic.AddInt64(&g.count, 1)
	g.mu.Lock()
	g.open[c], g.open[d] = true, true
	g.mu.Unlock()
	half := func(to, from net.Conn) {
		b := make([]byte, 65536)
		for {
			n, err := from.Read(b)
			if n > 0 {
				_, err = to.Write(b[:n])
			}
			if err != nil {
				break
			}
		}
		_ = to.Close()
		_ = from.Close()
		g.mu.Lock()
		delete(g.open, to)
		delete(g.open, from)
		g.mu.Unlock()
	}
	go half(c, d)
	half(d, c)
}

func (g *gate) lead(to string) {
	g.mu.Lock()
	g.to = to
	g.mu.Unlock()
}

// drop breaks what is open.
func (g *gate) drop() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for c := range g.open {
		_ = c.Close()
	}
}
