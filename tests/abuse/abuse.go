// abuse.go - clients that misbehave, and one that must not notice.
// SPDX-License-Identifier: Apache-2.0

// One kind of client per run, against a node on loopback:
//
//	abuse -addr 127.0.0.1:8420 -kind idle -n 2000 -seconds 5 [-from 127.0.0.2]
//
// It prints what it saw as "key=value ..." on one line.  The exit status is
// not 0 when something was not as it must be: an alarm without its 201, a
// hostile request that was answered as if it were none.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"sort"
	"strings"
	"sync"
	"time"
)

type client struct {
	addr, from, token string
	n, pid            int
	until             time.Time
	deadline          time.Duration

	mu    sync.Mutex
	count map[string]int
	bad   []string
}

var kinds = map[string]func(*client){
	"alarms":   (*client).alarms,
	"idle":     (*client).idle,
	"head":     (*client).head,
	"body":     (*client).body,
	"chunks":   (*client).chunks,
	"reader":   (*client).reader,
	"pipeline": (*client).pipeline,
	"headers":  (*client).headers,
	"edges":    (*client).edges,
	"bulk":     (*client).bulk,
	"query":    (*client).query,
	"single":   (*client).single,
	"burst":    (*client).burst,
}

func (c *client) saw(what string, n int) {
	c.mu.Lock()
	c.count[what] += n
	c.mu.Unlock()
}

func (c *client) fail(format string, args ...interface{}) {
	c.mu.Lock()
	if len(c.bad) < 10 {
		c.bad = append(c.bad, fmt.Sprintf(format, args...))
	}
	c.mu.Unlock()
}

func (c *client) over() bool {
	return !time.Now().Before(c.until)
}

func (c *client) dial() (net.Conn, error) {
	d := net.Dialer{Timeout: c.deadline}
	if c.from != "" {
		d.LocalAddr = &net.TCPAddr{IP: net.ParseIP(c.from)}
	}
	return d.Dial("tcp", c.addr)
}

// each runs f in n goroutines and waits for all.
func (c *client) each(f func(i int)) {
	var wg sync.WaitGroup
	for i := 0; i < c.n; i++ {
		wg.Add(1)
		go func(i int) {
			defer wg.Done()
			f(i)
		}(i)
	}
	wg.Wait()
}

// again calls f, which opens a connection of its own, until the time is over.
func (c *client) again(f func(i int, conn net.Conn)) {
	c.each(func(i int) {
		for !c.over() {
			conn, err := c.dial()
			if err != nil {
				c.saw("undialed", 1)
				time.Sleep(20 * time.Millisecond)
				continue
			}
			c.saw("opened", 1)
			f(i, conn)
			conn.Close()
		}
	})
}

// request is a head with a token; more are further header lines.
func (c *client) request(method, path string, more ...string) string {
	s := method + " " + path + " HTTP/1.1\r\nHost: x\r\n"
	if c.token != "" {
		s += "Authorization: Bearer " + c.token + "\r\n"
	}
	for _, line := range more {
		s += line + "\r\n"
	}
	return s + "\r\n"
}

// ask sends raw bytes and gives the status of the answer; 0: closed without
// one; -1: neither within the deadline.
func (c *client) ask(raw string) int {
	conn, err := c.dial()
	if err != nil {
		return 0
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(c.deadline))
	go conn.Write([]byte(raw))
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err == nil {
		return resp.StatusCode
	}
	if ne, ok := err.(net.Error); ok && ne.Timeout() {
		return -1
	}
	return 0
}

func main() {
	c := &client{count: map[string]int{}}
	kind := flag.String("kind", "", "what to be")
	seconds := flag.Float64("seconds", 3, "for how long")
	flag.StringVar(&c.addr, "addr", "", "HOST:PORT")
	flag.StringVar(&c.from, "from", "", "own address")
	flag.StringVar(&c.token, "token", "", "bearer token")
	flag.IntVar(&c.n, "n", 1, "connections")
	flag.IntVar(&c.pid, "pid", 0, "of the node, for burst")
	flag.DurationVar(&c.deadline, "deadline", 20*time.Second, "for one answer")
	flag.Parse()
	run := kinds[*kind]
	if run == nil || c.addr == "" {
		fmt.Fprintln(os.Stderr, "usage: abuse -addr HOST:PORT -kind KIND")
		os.Exit(2)
	}
	c.until = time.Now().Add(time.Duration(*seconds * float64(time.Second)))
	run(c)
	var words []string
	for k, v := range c.count {
		words = append(words, fmt.Sprintf("%s=%d", k, v))
	}
	sort.Strings(words)
	fmt.Println(*kind, strings.Join(words, " "))
	for _, b := range c.bad {
		fmt.Fprintln(os.Stderr, *kind+": "+b)
	}
	if len(c.bad) > 0 {
		os.Exit(1)
	}
}
