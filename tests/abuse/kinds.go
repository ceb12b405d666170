// kinds.go - what each kind of client does.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"fmt"
	"io"
	"io/ioutil"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const tick = 100 * time.Millisecond

// alarm has the number only when that is above 0.
func alarm(source string, seq int) string {
	if seq == 0 {
		return `{"level":2,"kind":"gas","area":"tank-farm-2"}`
	}
	return fmt.Sprintf(`{"source":"%s","sourceSeq":"%d","level":2,`+
		`"kind":"gas","area":"tank-farm-2","title":"LEL high",`+
		`"occurredAt":"%s"}`, source, seq,
		time.Now().UTC().Format("2006-01-02T15:04:05Z"))
}

// post sends one body on an open connection and gives the answer.
func (c *client) post(conn net.Conn, in *bufio.Reader, path, body string) (*http.Response, error) {
	conn.SetDeadline(time.Now().Add(c.deadline))
	head := c.request("POST", path, "Content-Type: application/json",
		fmt.Sprintf("Content-Length: %d", len(body)))
	// An answer may come before all was sent.
	go io.WriteString(conn, head+body)
	resp, err := http.ReadResponse(in, nil)
	if err != nil {
		return nil, err
	}
	text, err := ioutil.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == 429 || resp.StatusCode == 503 {
		if resp.Header.Get("Retry-After") == "" ||
			!strings.Contains(string(text), `"code":`) {
			c.fail("%d without Retry-After or a problem: %s", resp.StatusCode, text)
		}
	}
	c.saw(fmt.Sprint("got", resp.StatusCode), 1)
	return resp, nil
}

// alarms is the client that must not notice: one alarm after the other, each
// with its 201 within the deadline.
func (c *client) alarms() {
	c.each(func(i int) {
		source := fmt.Sprintf("good-%d-%d", os.Getpid(), i)
		var conn net.Conn
		var in *bufio.Reader
		for seq := 1; !c.over(); seq++ {
			began := time.Now()
			var resp *http.Response
			var err error
			// The same alarm again: its number makes it one.
			for try := 0; try < 3; try++ {
				if conn == nil {
					if conn, err = c.dial(); err != nil {
						conn = nil
						continue
					}
					in = bufio.NewReader(conn)
				}
				resp, err = c.post(conn, in, "/v1/alarms", alarm(source, seq))
				if err == nil {
					break
				}
				conn.Close()
				conn = nil
				c.saw("retried", 1)
			}
			took := time.Since(began)
			if err != nil || resp == nil || resp.StatusCode != 201 {
				c.fail("alarm %d of %s: %v %v", seq, source, resp, err)
				return
			}
			if took > c.deadline {
				c.fail("alarm %d of %s took %v", seq, source, took)
			}
			if ms := int(took / time.Millisecond); ms > c.max("longest_ms") {
				c.set("longest_ms", ms)
			}
			time.Sleep(5 * time.Millisecond)
		}
		if conn != nil {
			conn.Close()
		}
	})
}

func (c *client) max(what string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.count[what]
}

func (c *client) set(what string, n int) {
	c.mu.Lock()
	c.count[what] = n
	c.mu.Unlock()
}

// closed tells whether the node has ended the connection.
func closed(conn net.Conn) bool {
	var one [1]byte
	conn.SetReadDeadline(time.Now().Add(tick))
	_, err := conn.Read(one[:])
	ne, ok := err.(net.Error)
	return err != nil && !(ok && ne.Timeout())
}

// idle opens connections and says nothing, but takes up those it loses.
func (c *client) idle() {
	c.again(func(i int, conn net.Conn) {
		for !c.over() {
			if closed(conn) {
				c.saw("closed", 1)
				time.Sleep(tick)
				return
			}
		}
	})
}

// trickle sends a start, then a byte now and then, until it is cut off.
func (c *client) trickle(start, more string) {
	c.again(func(i int, conn net.Conn) {
		io.WriteString(conn, start)
		for !c.over() {
			if _, err := io.WriteString(conn, more); err != nil || closed(conn) {
				c.saw("cut", 1)
				time.Sleep(tick)
				return
			}
		}
	})
}

func (c *client) head() {
	c.trickle("GET /healthz HTTP/1.1\r\nHost: x\r\nX: ", "a")
}

func (c *client) body() {
	c.trickle(c.request("POST", "/v1/alarms", "Content-Length: 1000000"), " ")
}

// chunks sends a body without end as fast as it can.
func (c *client) chunks() {
	chunk := "10000\r\n" + strings.Repeat(" ", 0x10000) + "\r\n"
	c.again(func(i int, conn net.Conn) {
		sent := 0
		io.WriteString(conn, c.request("POST", "/v1/alarms", "Transfer-Encoding: chunked"))
		for !c.over() {
			conn.SetWriteDeadline(time.Now().Add(c.deadline))
			n, err := io.WriteString(conn, chunk)
			sent += n
			if err != nil {
				c.saw("cut", 1)
				return
			}
			if sent > 256<<20 {
				c.fail("%d bytes of one body were taken", sent)
				return
			}
		}
	})
}

// reader asks for much and reads nothing of it.
func (c *client) reader() {
	paths := []string{"/v1/alarms?limit=1000", "/v1/events",
		"/evidence/1/tile/entries/000", "/v1/sources", "/openapi.json"}
	c.again(func(i int, conn net.Conn) {
		if t, ok := conn.(*net.TCPConn); ok {
			t.SetReadBuffer(2048)
		}
		more := []string{}
		if i%len(paths) == 1 {
			more = append(more, "Last-Event-ID: o0.0,o1.0")
		}
		// Again and again: what the sockets hold is soon full.
		for k := 0; !c.over(); k++ {
			conn.SetWriteDeadline(time.Now().Add(tick))
			_, err := io.WriteString(conn, c.request("GET", paths[i%len(paths)], more...))
			ne, ok := err.(net.Error)
			if err != nil && !(ok && ne.Timeout()) {
				c.saw("cut", 1)
				return
			}
			time.Sleep(tick)
		}
	})
}

// pipeline sends many requests before it reads an answer.
func (c *client) pipeline() {
	many := strings.Repeat(c.request("GET", "/healthz"), 500)
	c.again(func(i int, conn net.Conn) {
		conn.SetDeadline(time.Now().Add(c.deadline))
		go io.WriteString(conn, many)
		in := bufio.NewReader(conn)
		for k := 0; k < 500 && !c.over(); k++ {
			resp, err := http.ReadResponse(in, nil)
			if err != nil {
				c.saw("cut", 1)
				return
			}
			io.Copy(ioutil.Discard, resp.Body)
			if resp.StatusCode != 200 {
				c.fail("a pipelined request got %d", resp.StatusCode)
				return
			}
			c.saw("answered", 1)
		}
	})
}

// headers sends headers without end.
func (c *client) headers() {
	lines := strings.Repeat("X-A: b\r\n", 100)
	c.again(func(i int, conn net.Conn) {
		io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\n")
		for sent := 0; !c.over(); sent += len(lines) {
			conn.SetWriteDeadline(time.Now().Add(c.deadline))
			if _, err := io.WriteString(conn, lines); err != nil {
				c.saw("cut", 1)
				return
			}
			if sent > 16<<20 {
				c.fail("%d bytes of headers were taken", sent)
				return
			}
		}
	})
}

// edges sends each malformed request once: it must be refused or the
// connection closed, at once.
func (c *client) edges() {
	post := func(more ...string) string {
		return c.request("POST", "/v1/alarms", more...)
	}
	params := ""
	for i := 0; i < 400; i++ {
		params += fmt.Sprintf("a%d=1&", i)
	}
	cases := []struct {
		name, raw string
		want      []int
	}{
		{"length twice", post("Content-Length: 2", "Content-Length: 2") + "{}", []int{400}},
		{"two lengths", post("Content-Length: 2", "Content-Length: 3") + "{} ", []int{400}},
		{"length and chunked", post("Content-Length: 5", "Transfer-Encoding: chunked") + "0\r\n\r\n", []int{400}},
		{"chunked twice", post("Transfer-Encoding: chunked", "Transfer-Encoding: chunked") + "0\r\n\r\n", []int{400}},
		{"another coding", post("Transfer-Encoding: gzip"), []int{400}},
		{"negative length", post("Content-Length: -1"), []int{400}},
		{"huge length", post("Content-Length: 99999999999999999999"), []int{400, 413}},
		{"too large", post("Content-Length: 8388609"), []int{413}},
		{"bad chunk", post("Transfer-Encoding: chunked") + "zz\r\n", []int{400}},
		{"chunk without end", post("Transfer-Encoding: chunked") + "ffffffffffffffffff\r\n", []int{400, 413}},
		{"gzip", post("Content-Encoding: gzip", "Content-Length: 2") + "{}", []int{415}},
		{"deflate bomb", post("Content-Encoding: deflate", "Content-Length: 7000000"), []int{415}},
		{"400 parameters", c.request("GET", "/v1/proof/evidence/0?"+params[:1900]), []int{400, 414}},
		{"4000 parameters", c.request("GET", "/v1/proof/evidence/0?"+strings.Repeat("a=1&", 4000)), []int{400, 414}},
		{"long target", c.request("GET", "/"+strings.Repeat("a", 30000)), []int{414}},
		{"500 headers", c.request("GET", "/healthz", strings.Split(strings.Repeat("A: b,", 499)+"A: b", ",")...), []int{431, 400}},
		{"long header", c.request("GET", "/healthz", "A: "+strings.Repeat("b", 60000)), []int{431, 400}},
		{"no host", "GET /healthz HTTP/1.1\r\n\r\n", []int{400}},
		{"two hosts", c.request("GET", "/healthz", "Host: y"), []int{400}},
		{"not HTTP", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", []int{400}},
	}
	for _, t := range cases {
		got := c.ask(t.raw)
		ok := got == 0 // closed at once
		for _, w := range t.want {
			ok = ok || got == w
		}
		if got == 0 {
			c.saw("closed", 1)
		}
		if !ok {
			c.fail("%s: %d instead of %v", t.name, got, t.want)
		}
		c.saw("tried", 1)
	}
}

// repeat posts what body gives, as fast as answers come.
func (c *client) repeat(body func(i, k int) string) {
	c.again(func(i int, conn net.Conn) {
		in := bufio.NewReader(conn)
		for k := 0; !c.over(); k++ {
			resp, err := c.post(conn, in, "/v1/alarms", body(i, k))
			if err != nil {
				c.saw("lost", 1)
				return
			}
			switch resp.StatusCode {
			case 201, 429, 503:
			default:
				c.fail("%d", resp.StatusCode)
				return
			}
			if resp.Close {
				return
			}
		}
	})
}

// bulk posts bodies of nearly 8 MiB.
func (c *client) bulk() {
	pad := strings.Repeat(" ", 8300000)
	c.repeat(func(i, k int) string {
		return "[" + alarm("", 0) + "," + alarm("", 0) + pad + "]"
	})
}

// single posts alarms on all connections at once.
func (c *client) single() {
	c.repeat(func(i, k int) string {
		return alarm("", 0)
	})
}

// query asks for long lists without a pause.
func (c *client) query() {
	c.again(func(i int, conn net.Conn) {
		in := bufio.NewReader(conn)
		for !c.over() {
			conn.SetDeadline(time.Now().Add(c.deadline))
			io.WriteString(conn, c.request("GET", "/v1/alarms?limit=1000&area=nowhere"))
			resp, err := http.ReadResponse(in, nil)
			if err != nil {
				c.saw("lost", 1)
				return
			}
			io.Copy(ioutil.Discard, resp.Body)
			c.saw(fmt.Sprint("got", resp.StatusCode), 1)
		}
	})
}

// burst holds the node still until requests have come on 1, 2, .. n
// connections, so that it sees them all at once: however many, each is answered.
func (c *client) burst() {
	var conns []net.Conn
	var ins []*bufio.Reader
	defer syscall.Kill(c.pid, syscall.SIGCONT)
	for k := 1; k <= c.n; k++ {
		conn, err := c.dial()
		if err != nil {
			c.fail("connection %d: %v", k, err)
			return
		}
		defer conn.Close()
		conns = append(conns, conn)
		ins = append(ins, bufio.NewReader(conn))
		// Taken in, so that the requests are all that is new.
		if !c.together(conns[k-1:], ins[k-1:]) {
			return
		}
		if err := c.hold(); err != nil {
			c.fail("cannot hold %d: %v", c.pid, err)
			return
		}
		if !c.together(conns, ins) {
			return
		}
	}
}

// hold stops the node and returns when each of its threads stands still.
func (c *client) hold() error {
	if err := syscall.Kill(c.pid, syscall.SIGSTOP); err != nil {
		return err
	}
	until := time.Now().Add(c.deadline)
	for time.Now().Before(until) {
		stats, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", c.pid))
		running := len(stats) == 0
		for _, name := range stats {
			text, err := ioutil.ReadFile(name)
			running = running || err != nil || !strings.Contains(string(text), ") T ")
		}
		if !running {
			return nil
		}
	}
	return fmt.Errorf("it does not stop")
}

// together asks on all connections, lets the node go on, and reads.
func (c *client) together(conns []net.Conn, ins []*bufio.Reader) bool {
	for _, conn := range conns {
		conn.SetDeadline(time.Now().Add(c.deadline))
		io.WriteString(conn, c.request("GET", "/healthz"))
	}
	syscall.Kill(c.pid, syscall.SIGCONT)
	for i, in := range ins {
		resp, err := http.ReadResponse(in, nil)
		if err != nil || resp.StatusCode != 200 {
			c.fail("request %d of %d at once: %v %v", i+1, len(conns), resp, err)
			return false
		}
		io.Copy(ioutil.Discard, resp.Body)
		c.saw("answered", 1)
	}
	return true
}
