// hook.go - a receiver of notices that behaves as a file tells it to.
// SPDX-License-Identifier: Apache-2.0

// It shares no code with the node: signatures are checked as Standard Webhooks
// 1.0 says, and a repeat is known by its webhook-id.
//
//	hook -dir DIR -secret FILE [-port N] [-tls]
//
// DIR/url: where it listens, once it does.  DIR/mode, read at each request:
// "ok", "hang" (the request is taken, no answer comes) or a status.  DIR/got
// gets a line for each request: status, webhook-id, "good" or why its signature
// is not, "first" or "repeat", and the body.  With -tls DIR/ca.pem is its
// certificate.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"flag"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

const tolerance = 5 * time.Minute

type receiver struct {
	dir    string
	secret []byte
	mu     sync.Mutex
	seen   map[string]bool
	got    *os.File
}

func die(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "hook:", err)
		os.Exit(1)
	}
}

func (r *receiver) judge(h http.Header, body []byte) string {
	id, at := h.Get("webhook-id"), h.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil || id == "" {
		return "unsigned"
	}
	if d := time.Since(time.Unix(seconds, 0)); d > tolerance || d < -tolerance {
		return "stale"
	}
	if h.Get("idempotency-key") != `"`+id+`"` {
		return "key"
	}
	mac := hmac.New(sha256.New, r.secret)
	fmt.Fprintf(mac, "%s.%s.%s", id, at, body)
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for _, s := range strings.Fields(h.Get("webhook-signature")) {
		if hmac.Equal([]byte(s), []byte(want)) {
			return "good"
		}
	}
	return "forged"
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(io.LimitReader(req.Body, 1<<20))
	if err != nil {
		return
	}
	text, _ := os.ReadFile(filepath.Join(r.dir, "mode"))
	mode := strings.TrimSpace(string(text))
	status := 200
	if n, err := strconv.Atoi(mode); err == nil {
		status = n
	}
	id := req.Header.Get("webhook-id")
	r.mu.Lock()
	times := "first"
	if r.seen[id] {
		times = "repeat"
	}
	r.seen[id] = true
	fmt.Fprintln(r.got, status, id, r.judge(req.Header, body), times, string(body))
	r.mu.Unlock()
	if mode == "hang" {
		<-req.Context().Done()
		return
	}
	w.WriteHeader(status)
	io.WriteString(w, "seen\n")
}

func certificate(dir string) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	die(err)
	t := x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "hook"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour),
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, &t, &t, &key.PublicKey, key)
	die(err)
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	die(os.WriteFile(filepath.Join(dir, "ca.pem"), text, 0600))
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func main() {
	dir := flag.String("dir", ".", "where mode, got and url are")
	file := flag.String("secret", "", "whsec_...")
	port := flag.Int("port", 0, "0: any")
	secure := flag.Bool("tls", false, "with a certificate of its own")
	flag.Parse()
	text, err := os.ReadFile(*file)
	die(err)
	line := strings.TrimPrefix(strings.Fields(string(text))[0], "whsec_")
	r := &receiver{dir: *dir, seen: map[string]bool{}}
	r.secret, err = base64.StdEncoding.DecodeString(line)
	die(err)
	r.got, err = os.OpenFile(filepath.Join(*dir, "got"),
		os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0600)
	die(err)
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", *port))
	die(err)
	url := "http://" + l.Addr().String()
	if *secure {
		url = "https://" + l.Addr().String()
		l = tls.NewListener(l, &tls.Config{
			Certificates: []tls.Certificate{certificate(*dir)}})
	}
	name := filepath.Join(*dir, "url")
	die(os.WriteFile(name+".new", []byte(url), 0600))
	die(os.Rename(name+".new", name))
	die(http.Serve(l, r))
}
