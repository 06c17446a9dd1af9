// Pubsub's own fake for tests, which its Go client brings, as a program: prints where it answers, and runs until it is killed.
package main

import (
	"fmt"

	"cloud.google.com/go/pubsub/pstest"
)

func main() {
	fmt.Println(pstest.NewServer().Addr)
	select {}
}
