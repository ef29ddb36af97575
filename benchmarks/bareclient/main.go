// Bareclient sends recorded requests to two servers and reads the answers, and does nothing else: what any
// program that asks both the same has to do at least.
//
//	bareclient [-in-flight N] ADDRESS FILE ADDRESS FILE
//
// A file holds requests, each behind a line with its length in bytes. One request to either server is a pair;
// the next begins when both answers are read. With N in flight, so many pairs are on their way at once.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("bareclient: ")
	inFlight := flag.Int("in-flight", 1, "pairs on their way at once")
	flag.Parse()
	if flag.NArg() != 4 {
		log.Fatal("usage: bareclient [-in-flight N] ADDRESS FILE ADDRESS FILE")
	}
	pairs, err := readPairs(flag.Arg(1), flag.Arg(3))
	if err != nil {
		log.Fatal(err)
	}
	answered, err := askAll(pairs, [2]string{flag.Arg(0), flag.Arg(2)}, *inFlight)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answered)
}

type pair [2][]byte

func readPairs(one, other string) ([]pair, error) {
	ones, err := readRequests(one)
	if err != nil {
		return nil, err
	}
	others, err := readRequests(other)
	if err != nil {
		return nil, err
	}
	if len(ones) != len(others) {
		return nil, fmt.Errorf("%s has %d requests, %s has %d", one, len(ones), other, len(others))
	}
	pairs := make([]pair, len(ones))
	for i := range ones {
		pairs[i] = pair{ones[i], others[i]}
	}
	return pairs, nil
}

func readRequests(name string) ([][]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	reader := bufio.NewReader(file)
	var requests [][]byte
	for {
		var length int
		if _, err := fmt.Fscanf(reader, "%d\n", &length); errors.Is(err, io.EOF) {
			return requests, nil
		} else if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		request := make([]byte, length)
		if _, err := io.ReadFull(reader, request); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		requests = append(requests, request)
	}
}

// askAll shares the pairs among so many workers, each with a connection of its own to either server.
func askAll(pairs []pair, addresses [2]string, inFlight int) (int64, error) {
	var next, answered atomic.Int64
	var group sync.WaitGroup
	failures := make(chan error, inFlight)
	for range inFlight {
		group.Add(1)
		go func() {
			defer group.Done()
			if err := work(pairs, addresses, &next, &answered); err != nil {
				failures <- err
			}
		}()
	}
	group.Wait()
	close(failures)
	return answered.Load(), <-failures
}

func work(pairs []pair, addresses [2]string, next, answered *atomic.Int64) error {
	var connections [2]*connection
	for i, address := range addresses {
		opened, err := dial(address)
		if err != nil {
			return err
		}
		defer opened.Close()
		connections[i] = opened
	}
	for i := next.Add(1) - 1; i < int64(len(pairs)); i = next.Add(1) - 1 {
		for side, request := range pairs[i] {
			if _, err := connections[side].Write(request); err != nil {
				return err
			}
		}
		for _, each := range connections {
			if err := each.readAnswer(); err != nil {
				return err
			}
			answered.Add(1)
		}
	}
	return nil
}

type connection struct {
	net.Conn
	reader *bufio.Reader
}

func dial(address string) (*connection, error) {
	opened, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &connection{opened, bufio.NewReader(opened)}, nil
}

func (c *connection) readAnswer() error {
	answer, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}
